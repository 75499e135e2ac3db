"""Exporting and importing: runs as one portable file that proves itself.

The file is lines of canonical JSON: what it is, then every run that is needed, the oldest forebear first, each as its
record and its clicks with all their texts, and last the digest of all lines before.  An import writes it into a
database of its own first, where every digest and chain is derived again and compared with what the file says; only
then is anything written where it was asked for, and never over a run that is there and differs.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from ...states.canonical import canonical
from ...states.errors import (
    BadValue,
    DetentError,
    IntegrityError,
    NotFound,
    StoreError,
    UsageError,
    VersionMismatch,
)
from ...states.texts import text
from ...store import Click, Placed, RunRecord, Settled, Store, Write
from .origin import FOREIGN

__all__ = ["FORM", "Imported", "Proven", "export_lines", "import_lines", "import_proven", "proven"]

FORM = 1  # of the file; a newer one is refused
KIND = "detent export"
MOST = 64 * 1024 * 1024  # bytes of a line: a tool's output is 16 MB at most
TOGETHER = 64  # clicks of one commit


def export_lines(
    store: Store, run: str, seq: int | None = None, *, replaced: Sequence[str] = ()
) -> Iterator[str]:
    """The lines of a file that holds a run with all it came from.

    Args:
        store: where it lies
        run: its id
        seq: up to this click; None is all
        replaced: the names of what was replaced in it, as the file says

    Raises:
        IntegrityError: what is stored is damaged
    """
    (_, last), *forebears = store.lineage(run)
    runs = [*reversed(forebears), (run, last if seq is None else seq)]
    for one, _ in runs:
        found = store.verify(one)
        if found:
            raise IntegrityError(
                f"Run {one[:6]} is damaged: {found[0].what}", "`detent verify` tells all of it."
            )
    total = hashlib.sha256()
    for line in _lines(store, runs, replaced):
        total.update(line.encode() + b"\n")
        yield line
    yield canonical({"end": f"sha256:{total.hexdigest()}"})


def _lines(store: Store, runs: Sequence[tuple[str, int]], replaced: Sequence[str]) -> Iterator[str]:
    head = {
        "kind": KIND,
        "form": FORM,
        "run": runs[-1][0],
        "clicks": runs[-1][1] + 1,
        "replaced": list(replaced),
    }
    yield canonical(head)
    for run, last in runs:
        record = store.record(run)
        yield canonical({"record": _record(record)})
        beside = _Beside.of(store, run)
        for click in store.clicks(run, 0, last + 1):
            yield canonical(
                {
                    "seq": click.seq,
                    "state": click.state,
                    "event": click.event,
                    "event_body": click.event_body,
                    "body": click.body,
                    "guards": click.guards,
                    "at": click.at,
                    "took": click.took,
                    "chain": click.chain,
                    **beside.at(click.seq),
                }
            )


def _record(record: RunRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "spec": record.spec.body,
        "created": record.created,
        "name": record.name,
        "goal": record.goal,
        "parent": list(record.parent or ()),
        "folder": record.folder,
        "origin": record.origin,
        "labels": list(record.labels),
    }


@define
class _Beside:
    """What was written with each click of a run."""

    messages: dict[int, list[Any]] = field(factory=dict)
    extras: dict[int, list[Any]] = field(factory=dict)
    settled: dict[int, list[Any]] = field(factory=dict)

    @classmethod
    def of(cls, store: Store, run: str) -> _Beside:
        made = cls()
        for placed in store.messages(run, own=True):
            made.messages.setdefault(placed.seq, []).append(
                [placed.position, placed.text.kind, placed.text.body]
            )
        for seq, kept in store.texts(run, start=0):
            made.extras.setdefault(seq, []).append([kept.kind, kept.body])
        for one in store.decisions(run):
            made.settled.setdefault(one.seq, []).append([one.gate, one.kind, one.how, one.by, one.at])
        return made

    def at(self, seq: int) -> dict[str, Any]:
        parts = {"messages": self.messages, "extras": self.extras, "settled": self.settled}
        return {name: part[seq] for name, part in parts.items() if seq in part}


@frozen
class Imported:
    """What an import did.

    Args:
        run: the run that the file is about
        written: the runs that were written
        there: the runs that were there already, the same
    """

    run: str
    written: tuple[str, ...]
    there: tuple[str, ...]


@frozen
class _Section:
    """A run as a file has it.

    Args:
        record: what it is
        writes: its clicks, one a write
        chains: the chain at each
    """

    record: RunRecord
    writes: tuple[Write, ...]
    chains: tuple[str, ...]


@frozen
class Proven:
    """A file of which everything proved right.

    Args:
        run: the run that it is about
        sections: its runs, the oldest first
    """

    run: str
    sections: tuple[_Section, ...]


def proven(lines: Iterable[str]) -> Proven:
    """Prove an exported file; nothing is written where runs are kept.

    Args:
        lines: of the file, without their line feeds

    Raises:
        BadValue: it is no such file
        IntegrityError: it was cut, or a byte of it is not what was written
        VersionMismatch: a newer version made it
    """
    made = _read(list(lines))
    _prove(made.sections)
    return made


def import_proven(store: Store, file: Proven) -> Imported:
    """Take in a file that proved right.

    Args:
        store: where to write it
        file: the file

    Raises:
        UsageError: a run of it is there and differs; nothing was written
    """
    written: list[str] = []
    there: list[str] = []
    for section in file.sections:
        known = _known(store, section)
        (there if known == len(section.writes) else written).append(section.record.id)
    for section in file.sections:
        _write(store, section)
    return Imported(file.run, tuple(written), tuple(there))


def import_lines(store: Store, lines: Iterable[str]) -> Imported:
    """Take in an exported file, if everything in it proves right; see `proven` and `import_proven`."""
    return import_proven(store, proven(lines))


def _read(lines: Sequence[str]) -> Proven:
    """The sections of a file whose every line is whole."""
    try:
        head = json.loads(lines[0])
        if head["kind"] != KIND:
            raise _foreign()
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise _foreign() from error
    form = head.get("form")
    if not isinstance(form, int) or form > FORM:
        raise VersionMismatch(
            f"The file was exported by a newer version of detent (form {form}; this one reads {FORM}).",
            "Import it with that version.",
        )
    total = hashlib.sha256("".join(f"{line}\n" for line in lines[:-1]).encode())
    try:
        if json.loads(lines[-1]) != {"end": f"sha256:{total.hexdigest()}"}:
            raise _spoilt("it was cut, or a byte of it was changed")
        return Proven(str(head["run"]), tuple(_sections([json.loads(line) for line in lines[1:-1]])))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise _spoilt(f"it was cut, or it cannot be read ({type(error).__name__})") from error


def _foreign() -> BadValue:
    return BadValue("The file is no export of detent's: it does not begin as one.", "Nothing was written.")


def _spoilt(why: str) -> IntegrityError:
    return IntegrityError(
        f"The file is not what was exported: {why}.",
        "Nothing was written; export it again, or copy it again.",
    )


def _sections(made: Sequence[Mapping[str, Any]]) -> Iterator[_Section]:
    starts = [index for index, one in enumerate(made) if "record" in one]
    if not starts or starts[0] != 0:
        raise _spoilt("it has no run")
    for start, stop in zip(starts, [*starts[1:], len(made)], strict=True):
        clicks = made[start + 1 : stop]
        if not clicks:
            raise _spoilt("a run of it has no clicks")
        yield _Section(
            _record_of(made[start]["record"]),
            tuple(_write_of(one, before) for before, one in zip((None, *clicks), clicks, strict=False)),
            tuple(str(one["chain"]) for one in clicks),
        )


def _record_of(told: Mapping[str, Any]) -> RunRecord:
    parent = told["parent"]
    return RunRecord(
        id=told["id"],
        spec=text("spec", told["spec"]),
        created=told["created"],
        name=told["name"],
        goal=told["goal"],
        parent=(parent[0], parent[1]) if parent else None,
        folder=told["folder"],
        origin=told["origin"],
        labels=tuple(told["labels"]),
    )


def _write_of(told: Mapping[str, Any], before: Mapping[str, Any] | None) -> Write:
    names = ("seq", "state", "event", "event_body", "guards", "at", "took")
    seq, was = told["seq"], before["body"] if before else {}
    return Write(
        clicks=(Click.of(told["body"], was, **{name: told[name] for name in names}),),
        messages=tuple(
            Placed(place, text(kind, body), seq) for place, kind, body in told.get("messages", ())
        ),
        extras=tuple((seq, text(kind, body)) for kind, body in told.get("extras", ())),
        settled=tuple(
            Settled(gate=gate, kind=kind, seq=seq, how=how, by=by, at=at)
            for gate, kind, how, by, at in told.get("settled", ())
        ),
    )


def _prove(sections: Sequence[_Section]) -> None:
    """Write it all into a database of its own, and compare every chain and digest."""
    with tempfile.TemporaryDirectory(prefix="detent-import-") as folder:
        try:
            with Store.open(Path(folder) / "trial.db") as trial:
                wrong = next((what for one in sections if (what := _tried(trial, one))), "")
                wrong = wrong or ("it does not verify" if trial.verify() else "")
        except (DetentError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            if isinstance(error, StoreError) and not isinstance(error, IntegrityError):
                raise  # the disk is at fault, not the file
            raise _spoilt(str(error).rstrip(".")) from error
    if wrong:
        raise _spoilt(wrong)


def _tried(trial: Store, section: _Section) -> str:
    """What is wrong with a run that was written as a trial; empty if nothing is."""
    _write(trial, section)
    chains = tuple(click.chain for click in trial.clicks(section.record.id))
    return "" if chains == section.chains else "a chain in it is not what its clicks make"


def _known(store: Store, section: _Section) -> int:
    """How many clicks of a run are there already, the same as in the file.

    Raises:
        UsageError: they are not the same
    """
    run = section.record.id
    try:
        last = store.last(run)
    except NotFound:
        return 0
    both = min(last + 1, len(section.chains))
    if store.click(run, both - 1).chain != section.chains[both - 1]:
        raise UsageError(
            f"Run {run[:6]} is here already, and went on otherwise than in the file.",
            "Import it into another database with --db.",
        )
    return both


def _write(store: Store, section: _Section) -> None:
    """Write what of a run is not there yet."""
    known = _known(store, section)
    writes = section.writes
    if not known:
        store.begin(section.record, writes[0])
        store.label(section.record.id, FOREIGN)
        known = 1
    if known == len(writes):
        return
    with store.own(section.record.id):
        branch = store.branch(section.record.id)
        for start in range(known, len(writes), TOGETHER):
            branch.commit(_joined(writes[start : start + TOGETHER]))


def _joined(writes: Sequence[Write]) -> Write:
    return Write(
        clicks=tuple(one for write in writes for one in write.clicks),
        messages=tuple(one for write in writes for one in write.messages),
        extras=tuple(one for write in writes for one in write.extras),
        settled=tuple(one for write in writes for one in write.settled),
    )
