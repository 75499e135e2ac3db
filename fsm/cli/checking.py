"""`check`: the proof that an agent stops, and the most a run of it can take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import escape
from .manners import Manners
from .verb import verb
from .wording import count, duration, folded, plural

if TYPE_CHECKING:
    from ...states.spec import Spec
    from ..certificate import Certificate
    from ..drivers.toolsets import Toolbox
    from .asked_for import Meant

__all__ = ["check"]

FOUND = 1  # the exit code where something was found
UNNAMED = "unnamed"


@verb(
    "check",
    examples=(
        ("detent check agent.py", "the most clicks, turns and calls, whatever the model does"),
        ("detent check agent.py --strict", "exit 1 if there is anything to warn about"),
        ("detent check -m ollama:qwen3 -t files --limit model_turns=30", "an agent without a file"),
    ),
    help="Compute the most a run of an agent can take, before it runs.",
)
@click.argument("path", required=False, metavar="[FILE[:NAME]]")
@click.option("-a", "--agent", "file", metavar="FILE[:NAME]", help="the agent file, as in run")
@click.option("-m", "--model", metavar="MODEL", help="the model, as provider:name")
@click.option(
    "-t", "--tools", "tools", multiple=True, metavar="TOOLSET", help="a built-in tool set; may be repeated"
)
@click.option("--limit", "limits", multiple=True, metavar="NAME=VALUE", help="a limit; may be repeated")
@click.option(
    "--at-limit",
    type=click.Choice(["ask", "finish"]),
    help="where a cap is reached: ask (the default), or finish",
)
@click.option("--strict", is_flag=True, help="exit 1 where there is anything to warn about")
@click.pass_obj
def check(
    manners: Manners,
    /,
    path: str | None,
    file: str | None,
    *,
    strict: bool,
    at_limit: str | None,
    **given: Any,
) -> int:
    """Check an agent."""
    from ...states.names import AtLimit  # noqa: PLC0415 - help needs no machine
    from ..certificate import certificate  # noqa: PLC0415
    from .asked_for import definition  # noqa: PLC0415

    manners.streams.part()
    written = file or path
    model = given["model"] or (None if written else UNNAMED)
    meant = definition(written, model, given["tools"], given["limits"], at_limit)
    box, spec = _agreed(meant, AtLimit(at_limit or "ask"))
    proven = {one: certificate(spec, one) for one in dict.fromkeys((spec.at_limit, AtLimit.FINISH))}
    warnings = _warnings(meant, box)
    leave = FOUND if strict and warnings else 0
    if manners.json:
        manners.document(_view(meant, spec, proven, warnings, leave))
        return leave
    for line in _lines(manners, meant, spec, proven):
        manners.print(line)
    for warning in warnings:
        manners.say(f"  ! {escape.line(warning['message'])}     {escape.line(warning['source'])}".rstrip())
    return leave


def _agreed(meant: Meant, at_limit: Any) -> tuple[Toolbox, Spec]:
    """What a run of it would agree to; a model need not be named for that."""
    import attrs  # noqa: PLC0415

    from ..drivers.agent import Agent  # noqa: PLC0415

    made = meant.definition
    if isinstance(made, Agent) and not made.model:
        made = attrs.evolve(made, model=UNNAMED)
    box = made.toolbox()
    return box, made.spec(box, at_limit)


def _warnings(meant: Meant, box: Toolbox) -> list[dict[str, str]]:
    """What a small model would stumble over."""
    made = [
        {
            "tool": one.name,
            "message": f"{one.name} has no docstring: small models will guess its arguments",
            "source": _near(one.source),
        }
        for one in box.tools
        if not one.description.strip()
    ]
    if getattr(meant.definition, "resources", None):
        made += [
            {
                "tool": one.name,
                "message": f"{one.name} runs in a process of its own, where the agent's resources are not",
                "source": _near(one.source),
            }
            for one in box.tools
            if one.isolation and one.context_name
        ]
    if not meant.definition.model and meant.needs_goal:
        made.append(
            {
                "tool": "",
                "message": "the agent names no model: every run needs  -m MODEL",
                "source": meant.name,
            }
        )
    return made


def _near(source: str) -> str:
    """A file and line as seen from here."""
    return source.removeprefix(f"{Path.cwd()}/")


def _view(
    meant: Meant, spec: Spec, proven: dict[Any, Certificate], warnings: list[dict[str, str]], leave: int
) -> dict[str, Any]:
    from attrs import asdict  # noqa: PLC0415

    return {
        "agent": _name(meant),
        **asdict(proven[spec.at_limit]),
        "at_limit": spec.at_limit.value,
        "extensions": spec.extensions,
        "finish": asdict(proven[next(reversed(proven))]),
        "limits": {name: value for name, value in asdict(spec.limits).items() if value is not None},
        "warnings": warnings,
        "exit": leave,
    }


def _name(meant: Meant) -> str:
    return f"{meant.file.name}:{meant.name}" if meant.file else "the agent of these flags"


def _lines(manners: Manners, meant: Meant, spec: Spec, proven: dict[Any, Certificate]) -> list[str]:
    most, without = proven[spec.at_limit], proven[next(reversed(proven))]
    rows = _rows(spec, most, without)
    wide = max(len(figure) for _, figure, _ in rows)
    lines = [f"{escape.line(_name(meant))} stops.  Whatever the model does, a run takes at most", ""]
    for name, figure, why in rows:
        before = f"  {name:<11}  {figure:>{wide}}    "
        first, *others = folded(why, manners.columns() - len(before))
        lines += [before + first, *(" " * len(before) + other.strip() for other in others)]
    return [*lines, ""]


def _rows(spec: Spec, most: Certificate, without: Certificate) -> list[tuple[str, str, str]]:
    """What is bounded, by how much, and what bounds it."""
    limits, more = spec.limits, spec.extensions

    def by(name: str, cap: int) -> str:
        return f"{name} {cap}" + (f", and {more} × {-(-cap // 3)}" if more else "")  # noqa: RUF001 - a product

    clicks = (
        "clicks",
        count(most.transitions),
        "the most the limits below allow; every click lowers what is left of it",
    )
    time = (
        "time",
        duration(most.wall_seconds * 1000),
        f"{by('wall_seconds', limits.wall_seconds)}; at most one turn more",
    )
    if not spec.looping:
        return [
            clicks,
            ("tool calls", count(most.tool_calls), f"every step once; {plural(most.attempts, 'attempt')}"),
            time,
        ]
    asks = f", and {plural(more, 'extension')} that only you can give" if more else ""
    asks += f" ({without.model_turns} turns and {count(without.transitions)} clicks without)" if more else ""
    repairs = {
        0: "no turn is repaired",
        1: "each turn may be repaired once",
        2: "each turn may be repaired twice",
    }
    often = repairs.get(limits.repairs, f"each turn may be repaired {limits.repairs} times")
    calls = f"{by('tool_calls', limits.tool_calls)}; {plural(most.attempts, 'attempt')}{_asked(spec)}"
    return [
        clicks,
        ("model turns", count(most.model_turns), f"model_turns {limits.model_turns}{asks}"),
        ("model calls", count(most.model_calls), often),
        ("tool calls", count(most.tool_calls), calls),
        time,
    ]


def _asked(spec: Spec) -> str:
    """Which tools ask first."""
    from ...states.names import Approval  # noqa: PLC0415

    always = [escape.line(one.name) for one in spec.tools if one.approval is Approval.ALWAYS]
    return f"; {', '.join(always)} ask{'s' if len(always) == 1 else ''} first" if always else ""
