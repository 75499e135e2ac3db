"""Arguments from a model, made into the bytes that are shown, hashed, stored and run.

The order: open what came as text, coerce without loss, write canonical JSON, look at the caps, validate.  The
validator (fastjsonschema) is loaded and compiled at the first check of a tool, not when the tool is declared.
Nothing of the tool itself runs here.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

from ..states.canonical import MAX_BYTES, MAX_DEPTH, canonical, parse
from ..states.errors import BadValue
from .coerce import coercer
from .errors import BadArguments
from .explain import expected, problems, short

__all__ = ["BASE", "Checker"]

BASE = "$base"  # the reserved key that binds what a preview was made from
_LONG_NUMBER = re.compile(r"[0-9]{19}")
_TOLD = 5  # faults named in one message
_COUNTED = 50  # faults looked for
_LISTED = 20  # parameters named in one hint


class Checker:
    """Checks the arguments of one tool.

    Args:
        name: the tool's name
        parameters: its JSON schema
    """

    def __init__(self, name: str, parameters: str) -> None:
        from fastjsonschema import JsonSchemaValueException, compile  # noqa: A004, PLC0415 - heavy, and not needed to declare

        self.name = name
        self.schema: dict[str, Any] = json.loads(parameters)
        self._invalid = JsonSchemaValueException
        self._validate = compile(self.schema, use_default=False, detailed_exceptions=False)
        self._coerce = coercer(self.schema) or _same

    def __call__(self, value: Any) -> str:
        """The canonical arguments.

        Raises:
            BadArguments: they do not fit, in words for the model
        """
        try:
            coerced = self._coerce(_opened(value))
            if not isinstance(coerced, dict):
                raise self._bad(f"the arguments must be one JSON object, not {short(value)}")
            for key in coerced:
                if not isinstance(key, str) or key.startswith("$"):
                    raise self._bad(f"{short(key)} is unknown, and no name may start with a dollar sign")
            text = _capped(canonical(coerced))
        except BadValue as error:
            if isinstance(error, BadArguments):
                raise
            raise self._bad(error.message.rstrip(".")) from None
        try:
            self._validate(coerced)
        except self._invalid as error:
            faults = list(islice(problems(self.schema, coerced), _COUNTED))
            raise self._bad(*(faults or [error.message])) from None
        return text

    def _bad(self, *faults: str) -> BadArguments:
        more = [f"and {len(faults) - _TOLD} more"] if _TOLD < len(faults) < _COUNTED else []
        more = ["and many more"] if len(faults) == _COUNTED else more
        told = "; ".join([*faults[:_TOLD], *more])
        return BadArguments(f"The arguments of {self.name} do not fit: {told}.", self._takes())

    def _takes(self) -> str:
        """What the tool takes, on one line."""
        required = self.schema.get("required", ())
        named = [
            f"{name} ({expected(each)}{'' if name in required else ', optional'})"
            for name, each in self.schema.get("properties", {}).items()
        ]
        more = ["..."] if len(named) > _LISTED else []
        return f"{self.name} takes {', '.join([*named[:_LISTED], *more]) or 'no arguments'}."


def _same(value: Any) -> Any:
    return value


def _opened(value: Any) -> Any:
    """Nothing at all is no arguments; a JSON text of an object is opened once more than it should have to be."""
    return {} if value is None or (isinstance(value, str) and not value.strip()) else value


def _capped(text: str) -> str:
    """The text, if it is within the caps; the long way is taken only when the short one cannot tell."""
    deep = text.count("{") + text.count("[")
    if len(text) * 4 > MAX_BYTES or deep > MAX_DEPTH or _LONG_NUMBER.search(text):
        parse(text)
    return text
