"""The agent of the crash harnesses: its tools write what they do into a ledger, synced, before they return.

It is copied beside each run's script, so nothing of the project is imported but what any agent file imports.  A line of
the ledger is `run call attempt key effect digest token number`; the token makes every execution's result another one, so
a stored result says which execution it came from.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time

from detent import Agent, Context, tool

LEDGER = "ledger.txt"
SIZES = (1, 40, 1500)  # how often a result repeats itself: some fit into a page of the database, some do not


def result_of(effect: str, number: int, token: str) -> str:
    """What an execution gives back."""
    return f"{effect} {number} {token} " * SIZES[number % len(SIZES)]


def written(effect: str, number: int, context: Context) -> str:
    """Do it: a line in the ledger, which is durable when this returns."""
    token = secrets.token_hex(8)
    made = result_of(effect, number, token)
    digest = hashlib.sha256(made.encode()).hexdigest()
    about = f"{context.run} {context.call} {context.attempt} {context.key}"
    line = f"{about} {effect} {digest} {token} {number}\n"
    ledger = os.open(context.folder / LEDGER, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(ledger, line.encode())
        os.fsync(ledger)
    finally:
        os.close(ledger)
    time.sleep(number / 1000)
    return made


@tool(effect="read")
def look(number: int, context: Context) -> str:
    """Look at something."""
    return written("read", number, context)


@tool(effect="idempotent", approval="never", parallel=True)
def mark(number: int, context: Context) -> str:
    """Mark something; the key makes a second time harmless."""
    return written("idempotent", number, context)


@tool(effect="once", approval="never", parallel=True, attempts=3)
def pay(number: int, context: Context) -> str:
    """Pay something, which must not be done twice."""
    return written("once", number, context)


@tool(effect="once", approval="always", attempts=3)
def sign(number: int, context: Context) -> str:
    """Sign something, which a person is asked about, and which must not be done twice."""
    return written("once", number, context)


agent = Agent(model="script:script.json", tools=[look, mark, pay, sign])
