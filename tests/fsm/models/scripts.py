"""What the tiny models of the door's tests play, and what each odd turn comes to by the path it takes."""

from __future__ import annotations

import json

from tests.servers.tiny_model import Turn

CALL = {"name": "list_dir", "arguments": {"path": "."}}
PLAY: list[Turn] = [
    CALL,
    [{"name": "read_file", "arguments": {"path": "a"}}, {"name": "read_file", "arguments": {"path": "b"}}],
    {"thinking": "Done?", "content": "Both are empty."},
]
ODD: dict[str, Turn] = {
    "loop": {"loop": "and again "},
    "stutter": {"stutter": "la "},
    "cut-off": {"raw": '<tool_call>\n{"name": "list_dir", "arguments": {"path"'},
    "quotes": {"raw": "<tool_call>\n{'name': 'list_dir', 'arguments': {}}\n</tool_call>"},
    "unknown": {"name": "no_such_tool", "arguments": {"x": 1}},
    "thinking": {"thinking": "only this"},
    "unclosed": {"raw": "<think>never closed"},
    "bare": {"raw": json.dumps(CALL)},
    "fenced": {"raw": f"```json\n{json.dumps(CALL)}\n```"},
    "wrong type": {"name": "list_dir", "arguments": {"path": 5}},
    "unicode": "a\u0085b\u2028c \U0001f600",
}
EXPECTED: dict[str, tuple[str, str]] = {  # what each comes to, on the native path and on the Go path
    "loop": ("repetition", "repetition"),
    "stutter": ("repetition", "repetition"),
    "cut-off": ("broken_json", "empty_reply"),
    "quotes": ("broken_json", "empty_reply"),
    "unknown": ("broken_json", "empty_reply"),
    "thinking": ("thinking_only", "thinking_only"),
    "unclosed": ("thinking_only", "thinking_only"),
    "bare": ("calls", "calls"),
    "fenced": ("calls", "calls"),
    "wrong type": ("broken_json", "bad_arguments"),
    "unicode": ("answer", "answer"),
}
WHOLE = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "minLength": 1, "maxLength": 99, "default": ".", "description": "where"},
        "depth": {
            "anyOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"type": "null"}],
            "default": None,
        },
        "filter": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z]+$"},
                "kinds": {"type": "array", "items": {"enum": ["f", "d"]}},
            },
            "required": ["name"],
            "additionalProperties": False,
        },
    },
    "required": ["path"],
    "additionalProperties": False,
}
