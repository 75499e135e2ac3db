"""What a fork that asks was promised: nothing it asked about is served in silence, and nothing else runs for real."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from attrs import evolve

from detent.fsm.drivers.branching import Wish, fork
from detent.fsm.drivers.exporting import export_lines, import_lines
from detent.fsm.drivers.face import resume, resume_sync
from detent.fsm.drivers.recordings import recordings_of
from detent.fsm.drivers.standing import Run
from detent.states import GateKind
from detent.store import Store
from detent.tools import Context, tool

from .rig import Rig, call, rig, until


@tool(effect="once", approval="never")
async def act(n: int, context: Context) -> str:
    """Act, and the first time never come back."""
    marks = context.folder / "marks"
    first = not marks.exists()
    with marks.open("a") as file:
        file.write(f"{n}\n")
    if first:
        await asyncio.sleep(600)
    return f"acted {n}"


def asking(folder: Path) -> tuple[Rig, Run, Run]:
    """Two forks of one run that wait for a yes to the same call."""
    made = rig(folder, ["Done."], act)
    run = made.run()
    (folder / "other.json").write_text(json.dumps([call("act", n=1), "Told."]))
    wish = Wish(model="script:other.json", recordings="ask")

    def forked() -> Run:
        return asyncio.run(fork(f"{run.id}@0", wish, agent=made.agent, store=made.store, folder=made.folder))

    one, other = forked(), forked()
    return Rig(folder, evolve(made.agent, model="script:other.json")), one, other


async def lost(made: Rig, run: Run) -> None:
    """Drive a run until its call has begun, and leave it there."""
    driven = asyncio.create_task(resume(run.id, agent=made.agent, store=made.store, folder=made.folder))
    await asyncio.to_thread(until, (made.folder / "marks").exists)
    driven.cancel()
    await asyncio.gather(driven, return_exceptions=True)


def test_a_lost_call_that_was_asked_about_is_in_doubt(tmp_path: Path) -> None:
    """Though another fork has a recording by now: the real call may have happened, and only a person can say so."""
    made, one, other = asking(tmp_path)
    made.decide(one, "approve")
    asyncio.run(lost(made, one))
    made.decide(other, "approve")
    assert made.resume(other).answer == "Told."

    doubted = made.resume(one)
    assert [gate.kind for gate in doubted.snapshot.gates] == [GateKind.DOUBT]
    assert (tmp_path / "marks").read_text() == "1\n1\n"


def test_a_call_that_was_let_pass_never_runs_for_real(tmp_path: Path) -> None:
    """Though its recording is gone by the time it is to be served: nobody was asked about it."""
    made, one, other = asking(tmp_path)
    (tmp_path / "marks").write_text("")
    made.decide(one, "approve")
    made.resume(one)
    made.decide(other, "deny")
    made.resume(other)
    wish = Wish(model="script:other.json", recordings="ask")
    served = asyncio.run(fork(f"{other.id}@0", wish, agent=made.agent, store=made.store, folder=made.folder))
    assert served.answer == "Told."
    with Store.open(made.store) as store:
        planned = next(row.seq for row in store.timeline(served.id) if row.event == "PlanMade")
        copy = tmp_path / "copy.db"
        with Store.open(copy) as there:
            import_lines(there, export_lines(store, served.id, planned))
            assert not recordings_of(there, served.id).kept  # type: ignore[union-attr]
    gone_on = resume_sync(served.id, agent=made.agent, store=copy, folder=tmp_path)
    assert gone_on.answer == "Told."
    assert (tmp_path / "marks").read_text() == "1\n"
