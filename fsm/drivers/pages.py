"""A run as one page for a browser: everything in one file, nothing loaded, nothing run.

What models, tools and people wrote is escaped and shown as it is; control characters are made visible first.  The page
forbids itself scripts and connections.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from ...store import Store
from ..pictures import svg
from .picturing import rows_taken
from .timeline import log_views
from .views import click_view

__all__ = ["page"]

FOLDED = 600  # characters of a text that are shown unfolded
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; --bar: #94a3b8; --soft: #64748b; --planning: #2563eb; --executing: #b45309;
  --observing: #0e7490; --awaiting: #a21caf; --done: #15803d; --failed: #b91c1c; }
@media (prefers-color-scheme: dark) { :root { --soft: #94a3b8; --planning: #60a5fa; --executing: #fbbf24;
  --observing: #22d3ee; --awaiting: #e879f9; --done: #4ade80; --failed: #f87171; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .2rem .6rem; vertical-align: top; }
td:not(:last-child), th { overflow-wrap: normal; }
tr:nth-child(even) td { background: #94a3b81a; } .soft { color: var(--soft); }
pre { border-left: 3px solid var(--bar); margin: .2rem 0; padding: .1rem .7rem; white-space: pre-wrap; }
.way { overflow-x: auto; } svg { background: #fff; border-radius: 8px; max-width: 100%; min-width: 34rem; height: auto; }
code { font-size: .9em; }
.PLANNING { color: var(--planning); } .EXECUTING { color: var(--executing); } .OBSERVING { color: var(--observing); }
.AWAITING_APPROVAL { color: var(--awaiting); } .DONE { color: var(--done); } .FAILED { color: var(--failed); }
@media (max-width: 44rem) {
  .clicks tr { display: block; padding: .3rem 0; border-top: 1px solid #94a3b84d; } .clicks tr:first-child { display: none; }
  .clicks td { display: inline-block; padding: 0 .6rem 0 0; } .clicks tr:nth-child(even) td { background: none; }
  .clicks td:last-child { display: block; padding: 0; } .clicks td:empty { display: none; }
}
"""


def page(store: Store, run: str, seq: int, visible: Callable[[str], str]) -> str:
    """A run up to a click as HTML.

    Args:
        store: where it lies
        run: its id
        seq: the click
        visible: makes control characters of a text of several lines visible
    """
    view = click_view(store, run, seq)

    def shown(said: Any) -> str:
        return escape(visible(str(said)))

    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>detent run {escape(run[:6])}</title><style>{STYLE}</style></head><body>",
        f'<h1>Run <code>{escape(run)}</code> <span class="{view["state"]}">{view["state"]}</span></h1>',
        _facts(store, view, shown),
        _answer(view, shown),
        _gates(view, shown),
        "<h2>What happened</h2>",
        _timeline(store, run, seq, shown),
        "<h2>What was said</h2>",
        *(_message(one, shown) for one in view["messages"] if one["text"]),
        "<h2>The way through the machine</h2>",
        f'<div class="way">{svg(rows_taken(store, run, seq), f"Run {run[:6]}")}</div>',
        _proof(view, seq),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _proof(view: Mapping[str, Any], seq: int) -> str:
    digests = (
        f"<code>{escape(view['digest'])}</code><br>everything up to it: <code>{escape(view['chain'])}</code>"
    )
    return f'<p class="soft">Click {seq}: {digests}</p>'


def _facts(store: Store, view: Mapping[str, Any], shown: Callable[[str], str]) -> str:
    usage, record = view["usage"], store.record(view["run"])
    spent = f"{usage['model_turns']} turns, {usage['tool_calls']} calls, {usage['tokens']:,} tokens, {usage['wall_seconds']} s"
    rows = [
        ("model", view["model"] or "a workflow"),
        ("goal", record.goal),
        ("begun", _moment(record.created, day=True)),
        ("spent", spent),
        ("reason", view["reason"] or ""),
        ("replaced", ", ".join(record.origin.get("redacted", ()))),
    ]
    cells = (f"<tr><th>{name}</th><td>{shown(said)}</td></tr>" for name, said in rows if said)
    return f"<table>{''.join(cells)}</table>"


def _answer(view: Mapping[str, Any], shown: Callable[[str], str]) -> str:
    if view["answer"] is None:
        return ""
    return f"<h2>Answer</h2><pre>{shown(view['answer'])}</pre>"


def _gates(view: Mapping[str, Any], shown: Callable[[str], str]) -> str:
    """What the run waits for at this click: what is asked, about exactly which call, and what that would change."""
    made = []
    for gate in view["gates"]:
        told = [f'<p>{shown(gate["asks"])} <span class="soft">{escape(gate["gate"])}</span></p>']
        if "tool" in gate:
            arguments = json.dumps(gate["arguments"], ensure_ascii=False, indent=2)
            told.append(f"<pre>{shown(gate['tool'])}({shown(arguments)})</pre>")
        if "preview" in gate:
            told.append(_folded(gate["preview"] + "\n", shown))
        made += told
    return "\n".join(("<h2>What it waits for</h2>", *made)) if made else ""


def _timeline(store: Store, run: str, seq: int, shown: Callable[[str], str]) -> str:
    rows = [
        f"<tr><td>{line['seq']}</td><td>{_moment(line['at'])}</td><td>{_took(line['took'])}</td>"
        f'<td class="{line["state"]}">{line["state"]}</td><td>{line["event"]}</td><td>{_folded(line["what"], shown)}</td></tr>'
        for line in log_views(store, run, 0, seq + 1)
    ]
    head = "<tr><th>seq</th><th>time</th><th>took</th><th>state</th><th>event</th><th>what</th></tr>"
    return f'<table class="clicks">{head}{"".join(rows)}</table>'


def _message(message: Mapping[str, Any], shown: Callable[[str], str]) -> str:
    text = message["text"]
    if message["kind"] in ("turn", "refused"):
        made = json.loads(text)
        parts = [made.get("thinking", ""), made.get("content", "")]
        parts += [
            f"{call['tool']}({json.dumps(call['arguments'], ensure_ascii=False)})"
            for call in made.get("calls", ())
        ]
        text = "\n".join(part for part in parts if part)
    return f'<p class="soft">{message["position"]} {message["kind"]}</p>{_folded(text, shown)}'


def _folded(text: str, shown: Callable[[str], str]) -> str:
    if len(text) <= FOLDED:
        return f"<pre>{shown(text)}</pre>" if "\n" in text else shown(text)
    return f"<details><summary>{shown(text[:80])}…</summary><pre>{shown(text)}</pre></details>"


def _moment(at: int, *, day: bool = False) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S" if day else "%H:%M:%S", time.localtime(at / 1000))


def _took(milliseconds: int) -> str:
    return f"{milliseconds:,} ms" if milliseconds else ""
