"""What the demo is about: two bills, an agent that pays them, and the replies of the model that is not there.

Texts only.  The agent file is one a person could have written; the tool's effect is a line in a ledger, written and
synced before the tool returns, so that anybody can count what really happened.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["ALLOWED", "GOAL", "LEDGER", "SLOW", "TURNS", "write_story"]

GOAL = "Pay the bills in bills/, each one once, then say in report.md what was done."
ALLOWED = "write_file(path=report.md)"  # the one thing the demo lets pass unasked
LEDGER = "ledger.txt"
SLOW = "BANK_SECONDS"  # environment variable: how long the bank takes to answer

_BILLS = {
    "bills/rent.txt": "Rent for November.\nPayee: Landlord\nAmount: 950\n",
    "bills/water.txt": "Water, third quarter.\nPayee: Waterworks\nAmount: 38\n",
}

_AGENT = '''"""Pays bills: the agent of `detent demo`."""

import os
import time

from detent import Agent, Context, Limits, tool


@tool(effect="once", approval=lambda amount: amount > 100)
def pay(payee: str, amount: int, context: Context) -> str:
    """Pay a bill.  There is no way back.

    Args:
        payee: who gets the money
        amount: how much
    """
    line = f"{context.key[-8:]} {amount} {payee}\\n"
    ledger = os.open(context.folder / "ledger.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(ledger, line.encode())
    os.fsync(ledger)  # the money has gone
    os.close(ledger)
    time.sleep(float(os.environ.get("BANK_SECONDS", "0")))  # the bank takes its time to answer
    return f"{amount} paid to {payee}"


agent = Agent(
    model=MODEL,
    instructions="You pay bills. Read them, pay each one once, then write report.md in one sentence.",
    tools=["files.list_dir", "files.read_file", "files.write_file", pay],
    limits=Limits(model_turns=8, tool_calls=12),
)
'''

TURNS: tuple[Any, ...] = (
    {"name": "list_dir", "arguments": {"path": "bills"}},
    [
        {"name": "read_file", "arguments": {"path": "bills/rent.txt"}},
        {"name": "read_file", "arguments": {"path": "bills/water.txt"}},
    ],
    [
        {"name": "pay", "arguments": {"payee": "Waterworks", "amount": 38}},
        {"name": "pay", "arguments": {"payee": "Landlord", "amount": 950}},
    ],
    {
        "name": "write_file",
        "arguments": {"path": "report.md", "content": "What was paid is in ledger.txt.\n"},
    },
    "The bills are dealt with: what was paid is in ledger.txt, and report.md says so.",
)


def write_story(folder: Path, model: str) -> None:
    """Write the bills and the agent into an empty folder, and the model's replies where there is no model.

    Args:
        folder: where
        model: `provider:name`; empty for the scripted one
    """
    for name, body in _BILLS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
    named = json.dumps(model or "script:turns.json", ensure_ascii=False)
    (folder / "agent.py").write_text(_AGENT.replace("MODEL", named), encoding="utf-8")
    if not model:
        (folder / "turns.json").write_text(json.dumps(TURNS, indent=1), encoding="utf-8")
