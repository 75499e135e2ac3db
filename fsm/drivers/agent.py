"""Agents: what a person writes down and keeps in git.  A model, instructions, tools and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve, field, frozen

from ...states.errors import ConfigError, UsageError
from ...states.limits import Limits, limit_names
from ...states.names import AtLimit
from ...states.spec import ASK_PERSON, ModelOptions, Spec
from ...tools import Tool, Toolbox, toolbox

__all__ = ["Agent", "with_limits"]

MOST = 2**31  # no number of an agent's options is as large
OUTPUT = "output"  # the tool set that reads on in long results; every agent with tools has it


def _options(_: Any, attribute: Any, given: object) -> None:
    """Refuse what no server takes, where the person wrote it."""
    kinds: dict[str, tuple[type, ...]] = {"temperature": (int, float), "think": (bool,)}
    if given is None:
        return
    value: Any = given
    name: str = attribute.name
    right: tuple[type, ...] = kinds.get(name, (int,))
    hint = "Correct it, or leave it out."
    if not isinstance(given, right) or (isinstance(given, bool) and bool not in right):
        wanted = " or ".join(kind.__name__ for kind in right)
        raise ConfigError(f"Agent({name}={value!r}) is not of type {wanted}.", hint)
    least = 1 if name in ("num_ctx", "num_predict") else 0
    if name != "seed" and not least <= value < MOST:
        raise ConfigError(f"Agent({name}={value!r}) is out of range.", hint)


def _of(*kinds: type) -> Callable[[Any, Any, object], None]:
    """A check that a field is of one of these types, told where the person wrote it."""

    def check(_: Any, attribute: Any, given: object) -> None:
        if not isinstance(given, kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise ConfigError(
                f"{attribute.name}={given!r} is not of type {wanted}.", "Correct it, or leave it out."
            )

    return check


Listed = Tool | str | Callable[..., Any]


def _listed(tools: Iterable[Listed]) -> tuple[Listed, ...]:
    """The tools as they were listed; one name alone would be taken apart into letters."""
    if isinstance(tools, str):
        raise ConfigError(f"Agent(tools={tools!r}) is no list.", f"Write  tools=[{tools!r}].")
    return tuple(tools)


@frozen(kw_only=True)
class Agent:
    """A model with tools, and the limits it stays within.

    Args:
        model: `provider:name`; a bare name is one of Ollama's
        instructions: the system prompt
        tools: tools, plain functions, and names of built-in sets ("files", "ask_person")
        limits: the caps of a run
        at_limit: "ask" or "finish"; None asks where a person is there
        num_ctx: the context window, tokens
        num_predict: the most tokens of one reply
        temperature: the model's temperature
        seed: the seed of its sampling
        think: whether a model that can think does
        keep_alive: seconds the server keeps it loaded after a request
        resources: context managers by name, or functions that make one; entered once per driver and given to tools
            by their Context
        name: what runs of it are called in lists
    """

    model: str = field(default="", validator=_of(str))
    instructions: str = field(default="", validator=_of(str))
    tools: tuple[Listed, ...] = field(default=(), converter=_listed)
    limits: Limits = field(factory=Limits, validator=_of(Limits))
    at_limit: str | None = None
    num_ctx: int | None = field(default=None, validator=_options)
    num_predict: int | None = field(default=None, validator=_options)
    temperature: float | None = field(default=None, validator=_options)
    seed: int | None = field(default=None, validator=_options)
    think: bool | None = field(default=None, validator=_options)
    keep_alive: int | None = field(default=None, validator=_options)
    resources: Mapping[str, Any] = field(factory=dict, validator=_of(Mapping))
    name: str = field(default="", validator=_of(str))

    def toolbox(self) -> Toolbox:
        """Its tools, checked.

        Raises:
            ConfigError, NotFound: a tool that cannot be one, or a name that finds none
        """
        listed = [one for one in self.tools if one != ASK_PERSON]
        if listed and not any(isinstance(one, str) and one.partition(".")[0] == OUTPUT for one in listed):
            listed.append(OUTPUT)
        return toolbox(listed, self.limits.attempts)

    def spec(self, box: Toolbox, at_limit: AtLimit) -> Spec:
        """What a run of it agrees to.

        Args:
            box: its tools
            at_limit: what happens where a cap is reached, unless the agent says
        """
        if not self.model:
            raise ConfigError(
                "The agent names no model.", 'Write Agent(model="ollama:NAME", ...), or use -m NAME.'
            )
        return Spec(
            tools=box.specs(),
            limits=self.limits,
            at_limit=_at_limit(self.at_limit) if self.at_limit else at_limit,
            ask_person=ASK_PERSON in self.tools,
            model=self.model,
            instructions=self.instructions,
            options=ModelOptions(
                num_ctx=self.num_ctx,
                num_predict=self.num_predict,
                temperature=None if self.temperature is None else round(self.temperature * 1000),
                seed=self.seed,
                think=self.think,
                keep_alive=self.keep_alive,
            ),
        )


def _at_limit(written: str) -> AtLimit:
    try:
        return AtLimit(written)
    except ValueError:
        raise ConfigError(
            f"at_limit={written!r} is neither ask nor finish.", "Write one of the two."
        ) from None


def with_limits(limits: Limits, changes: Mapping[str, Any]) -> Limits:
    """Limits with some of them changed, as `--limit NAME=VALUE` writes it.

    Raises:
        UsageError: an unknown name, or a value that no cap can have
    """
    names = limit_names()
    for name, value in changes.items():
        if name not in names:
            raise UsageError(f"There is no limit {name!r}.", f"There are: {', '.join(names)}.")
        try:
            cap = None if value == "none" else int(value)
        except (TypeError, ValueError):
            raise UsageError(f"{name}={value} is no whole number.", "Give one.") from None
        try:
            changed: dict[str, Any] = {name: cap}
            limits = evolve(limits, **changed)
        except (TypeError, ValueError) as error:
            said = str(error.args[0]).split(":")[0] if error.args else "no cap can be that"
            raise UsageError(f"{name}={value} is no limit: {said}.", "Give another number.") from None
    return limits
