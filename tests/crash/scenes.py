"""The scenes of the failpoints: what dies where, and how it comes to where it can.

A point is `FILE:FUNCTION:call` or `FILE:FUNCTION:return`.  TOOL stands for the function of the scene's tool.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from tests.crash.ledger import Turn

__all__ = ["LOOP", "SCENES", "START", "Scene"]

DRIVING = (
    "store/locks.py:DriverLock.__init__:return",
    "store/locks.py:WriteLock.acquire:return",
    "store/locks.py:WriteLock.release:call",
    "store/locks.py:WriteLock.release:return",
    "store/connection.py:Transaction.__enter__:return",
    "store/connection.py:Transaction.__exit__:call",
    "store/connection.py:Transaction.__exit__:return",
    "store/connection.py:Connection.close:call",
    "store/connection.py:Connection.close:return",
    "store/branch.py:Branch.commit:call",
    "store/branch.py:Branch.commit:return",
    "fsm/drivers/journal.py:Journal.take:call",
    "fsm/drivers/journal.py:Journal.take:return",
    "fsm/drivers/journal.py:Journal.written:call",
    "fsm/drivers/journal.py:Journal.written:return",
    "fsm/drivers/committing.py:Committer.commit:call",
    "fsm/drivers/committing.py:Committer.commit:return",
    "fsm/drivers/local.py:Driver._commit:return",
    "fsm/drivers/facts.py:Facts.plan:call",
    "fsm/drivers/facts.py:Facts.called:return",
    "fsm/drivers/inbox.py:Inbox.answer:return",
    "fsm/cli/display.py:Display.click:call",
    "fsm/cli/display.py:Display.click:return",
    "fsm/cli/endings.py:ended:call",
)
CALLING = (
    "tools/performing.py:perform:call",
    "tools/performing.py:perform:return",
    "agent.py:TOOL:call",
    "agent.py:written:return",
    "agent.py:TOOL:return",
)
BEGINNING = ("store/branch.py:Writer.begin:call", "store/branch.py:Writer.begin:return")
TAKING_OVER = (
    "store/beside.py:Beside.driver_started:call",
    "store/beside.py:Beside.driver_started:return",
    "store/beside.py:Beside.takeovers:return",
)
LEAVING = ("store/beside.py:Beside.driver_ended:call", "store/beside.py:Beside.driver_ended:return")
RECOVERING = {
    "read": (),
    "idempotent": (
        "fsm/drivers/recovery.py:Recovery.gone:call",
        "fsm/drivers/recovery.py:Recovery.gone:return",
    ),
    "once": ("fsm/drivers/recovery.py:Recovery.lost:call", "fsm/drivers/recovery.py:Recovery.lost:return"),
}
SETTLING = (
    "fsm/drivers/settle.py:decide:call",
    "fsm/drivers/settle.py:_step_once:call",
    "fsm/drivers/settle.py:_step_once:return",
    "store/locks.py:DriverLock.__init__:return",
    "store/locks.py:DriverLock.release:return",
    "store/connection.py:Transaction.__enter__:return",
    "store/connection.py:Transaction.__exit__:call",
    "store/connection.py:Transaction.__exit__:return",
    "store/branch.py:Branch.commit:call",
    "store/branch.py:Branch.commit:return",
    "fsm/drivers/journal.py:Journal.take:return",
)
TOOLS = {"read": "look", "idempotent": "mark", "once": "pay"}
START = ("run", "Pay.", "-a", "agent.py", "--name")


@frozen
class Scene:
    """What dies, and how it comes to where it can.

    Args:
        name: of the scene
        script: the turns of the model
        points: where it may die
        before: the point at which a first command is to die, so that there is something to go on with; empty for none
        verb: what dies: run, resume, approve or resolve
        note: whether a note lies in the inbox when it begins
    """

    name: str
    script: Sequence[Turn]
    points: tuple[str, ...]
    before: str = ""
    verb: str = "run"
    note: bool = False


def _calls(tool: str, number: int) -> list[Turn]:
    return [[{"name": tool, "arguments": {"number": one}} for one in range(number)], "Done."]


def _points(points: Sequence[str], tool: str) -> tuple[str, ...]:
    return tuple(point.replace("TOOL", tool) for point in points)


def _scenes() -> tuple[Scene, ...]:
    made = [
        Scene(f"run, {effect} x {number}", _calls(tool, number), _points(BEGINNING + DRIVING + CALLING, tool))
        for effect, tool in TOOLS.items()
        for number in (1, 8)
    ]
    for effect, tool in TOOLS.items():
        points = _points((*TAKING_OVER, *DRIVING, *RECOVERING[effect]), tool)
        if effect == "once":  # what is in doubt waits for a person: nothing is planned
            points = tuple(point for point in points if "Facts.plan" not in point)
        else:
            points += _points(CALLING, tool)
        made.append(
            Scene(
                f"resume, {effect} x 8",
                _calls(tool, 8),
                (*points, "fsm/drivers/inbox.py:fact_of:return"),
                before="agent.py:written:return 3",
                verb="resume",
                note=True,
            )
        )
    waiting = (*TAKING_OVER, *LEAVING)
    made.append(Scene("resume what waits", _calls("sign", 1), waiting, verb="resume"))
    made.append(Scene("approve", _calls("sign", 1), SETTLING, verb="approve"))
    made.append(
        Scene("resolve", _calls("pay", 1), SETTLING, before="agent.py:written:return 1", verb="resolve")
    )
    return tuple(made)


SCENES = _scenes()
LOOP = Scene("a poisoned run", _calls("look", 1), (), before="agent.py:look:call 1", verb="resume")
