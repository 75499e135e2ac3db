"""Tools as a server wants them: whole schemas, less what servers refuse.

Pure.  The schema that validates stays whole; this copy has its definitions written out in place (a server resolves
no reference it does not know) and no pattern that llama-server's grammar refuses, which would refuse the whole
request.  Everything else arrives as it was declared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ...states.spec import ASK_PERSON, Spec, ToolSpec

__all__ = ["reduced", "tools_for"]

_DEEPEST = 24  # levels a schema that refers to itself is written out
_QUESTION = {
    "type": "function",
    "function": {
        "name": ASK_PERSON,
        "description": "Ask the person who started you one question, and wait for the answer.",
        "parameters": {
            "type": "object",
            "properties": {"question": {"type": "string", "description": "the whole question"}},
            "required": ["question"],
        },
    },
}


def tools_for(spec: Spec) -> tuple[list[dict[str, Any]], int]:
    """The tools of a spec as `/api/chat` wants them, and how many characters they have."""
    made = [_tool(tool) for tool in spec.tools]
    if spec.ask_person and ASK_PERSON not in spec.by_name:
        made.append((_QUESTION, len(json.dumps(_QUESTION))))
    return [one for one, _ in made], sum(length for _, length in made)


@lru_cache(maxsize=1024)
def _tool(tool: ToolSpec) -> tuple[dict[str, Any], int]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": reduced(json.loads(tool.parameters)),
    }
    made = {"type": "function", "function": function}
    return made, len(json.dumps(made, ensure_ascii=False))


def reduced(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without references and without patterns that are not anchored at both ends."""
    defined = {
        f"#/{place}/{name}": one
        for place in ("$defs", "definitions")
        for name, one in _mapping(schema.get(place)).items()
    }
    made = _reduced(schema, defined, (), 0)
    return made if isinstance(made, dict) else {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _reduced(value: Any, defined: Mapping[str, Any], inside: tuple[str, ...], depth: int) -> Any:
    if isinstance(value, list):
        return [_reduced(one, defined, inside, depth + 1) for one in value]
    if not isinstance(value, Mapping):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str):
        beside = {key: one for key, one in value.items() if key != "$ref"}
        if reference in inside or reference not in defined or depth > _DEEPEST:
            return _reduced(beside, defined, inside, depth + 1)  # it refers to itself: anything goes
        whole = {**_mapping(defined[reference]), **beside}
        return _reduced(whole, defined, (*inside, reference), depth + 1)
    return {
        key: _properties(one, defined, inside, depth)
        if key in ("properties", "patternProperties")
        else one
        if key in ("const", "default", "enum", "examples", "required")
        else _reduced(one, defined, inside, depth + 1)
        for key, one in value.items()
        if key not in ("$defs", "definitions") and not (key == "pattern" and not _anchored(one))
    }


def _properties(value: Any, defined: Mapping[str, Any], inside: tuple[str, ...], depth: int) -> Any:
    """Names of properties are no keywords: one may be called `pattern`.  Ollama takes no `true` for a schema."""
    return {
        name: {} if isinstance(one, bool) else _reduced(one, defined, inside, depth + 1)
        for name, one in _mapping(value).items()
    }


def _anchored(pattern: Any) -> bool:
    return isinstance(pattern, str) and pattern.startswith("^") and pattern.endswith("$")
