"""The verbs, and where each lives.  A verb's module is loaded when it is used; to add one, write it a line here.

The module holds the verb as a click command under the verb's own name, made with `verb` of `verb.py`.
"""

from __future__ import annotations

__all__ = ["SECTIONS", "VERBS"]

SECTIONS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Run an agent",
        (
            ("run", "running", "begin a run and drive it"),
            ("resume", "running", "go on with a run from where it stands"),
        ),
    ),
    (
        "Settle what waits for you",
        (
            ("approve", "settling", "say yes to a call, or to one more helping of the limits"),
            ("deny", "settling", "say no, and why"),
            ("edit", "settling", "say yes to other arguments"),
            ("answer", "settling", "answer a question, or give a hint at a loop"),
            ("resolve", "settling", "say what became of a call in doubt"),
            ("tell", "settling", "tell a live run something"),
            ("cancel", "settling", "end a run, and stop its tools"),
        ),
    ),
    (
        "Look",
        (
            ("runs", "listing", "the list of runs"),
            ("show", "showing", "everything the agent knew at a click"),
            ("log", "logging", "the timeline, one line a click"),
            ("graph", "graphing", "the machine, or a run's way through it, drawn"),
        ),
    ),
    (
        "Travel in time",
        (
            ("why", "explaining", "why a click went where it went, and what lost"),
            ("diff", "differing", "where two runs or clicks part, side by side"),
            ("replay", "replaying", "step the stored events again, and compare every byte"),
            ("fork", "forking", "a new run from any click, with something changed"),
            ("bisect", "bisecting", "the first click at which something is wrong"),
        ),
    ),
    (
        "Keep and send",
        (
            ("backup", "keeping", "copy the database, while runs go on"),
            ("export", "exporting", "a run as one file that proves itself, or as a page"),
            ("import", "exporting", "take in a run that was exported"),
            ("label", "labelling", "mark a run, or take the mark away"),
            ("stats", "counting", "how much lies in the database"),
            ("prune", "pruning", "remove old runs for good"),
        ),
    ),
    (
        "Prove",
        (
            ("check", "checking", "the most a run of an agent can take"),
            ("verify", "keeping", "that what lies in the database is what was written"),
        ),
    ),
    (
        "Set up",
        (
            ("init", "init", "write an agent file to begin with"),
            ("tools", "toolsets", "the built-in tools, or an agent's"),
            ("demo", "demo", "a run to look at, without a model"),
            ("doctor", "doctor", "what of this machine may be in the way"),
            ("completion", "completion", "what makes your shell complete verbs, runs and gates"),
        ),
    ),
)
VERBS: dict[str, str] = {verb: module for _, verbs in SECTIONS for verb, module, _ in verbs}
