"""Results that could not be stored: they are told with their beginning, so that none is lost without a word."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ...states.calls import call_id, named
from ...states.errors import DetentError
from ...states.snapshot import Snapshot
from ...store import Write

__all__ = ["with_unsaved"]

SHOWN = 200  # characters of a result


def with_unsaved(trouble: DetentError, head: Snapshot, write: Write | None) -> DetentError:
    """The trouble that kept a write from the disk, with the results that are lost with it.

    Args:
        trouble: why it was not written
        head: the last snapshot that is durable
        write: what was not written; None for nothing
    """
    lost = [] if write is None else list(_results(head, write))
    if not lost:
        return trouble
    return type(trouble)(trouble.message, f"{trouble.hint} {' '.join(lost)}".strip())


def _results(head: Snapshot, write: Write) -> list[str]:
    texts = {placed.text.digest: placed.text.body for placed in write.messages}
    texts |= {text.digest: text.body for _, text in write.extras}
    names: Mapping[str, str] = {
        call_id(head.turn, index, call.fallback): named(head.spec, call).name
        for index, call in enumerate(head.calls)
        if call.tool in head.spec.chains
    }
    said = []
    for click in write.clicks:
        if click.event != "ToolReturned":
            continue
        event = json.loads(click.event_body)
        body = texts.get(event["result"], "")
        begins = body[:SHOWN] + ("…" if len(body) > SHOWN else "")
        what = f"{names.get(event['call'], 'a tool')} ({event['call']})"
        said.append(f"The result of {what} is not stored; it begins: {begins!r}.")
    return said
