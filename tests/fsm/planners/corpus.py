"""Three hundred replies, as small models give them: the broken, the odd and the good.

Each is a reply and what it has to come to: a plan's kind, a refusal's word, or nothing where only the laws that hold
for every reply are tested.  Written out where the outcome matters, multiplied where only survival does.
"""

from __future__ import annotations

import itertools
from typing import Any

from detent.fsm.models.door import RawCall, Reply

GOOD = {"path": "."}
CALL = '{"name": "list_dir", "arguments": {"path": "."}}'


def _call(name: str = "list_dir", arguments: Any = None, number: str = "") -> RawCall:
    return RawCall(id=number, name=name, arguments=GOOD if arguments is None else arguments)


def _raw(*arguments: Any) -> Reply:
    return Reply(calls=tuple(RawCall(name="list_dir", arguments=one) for one in arguments))


EXPECTED: tuple[tuple[Reply, str], ...] = (
    (Reply(content="Two files."), "answer"),
    (Reply(content="Two files.", thinking="Done?"), "answer"),
    (Reply(content="<think>Done?</think>Two files."), "answer"),
    (Reply(content='Write {"name": "list_dir", "arguments": {}} to list.'), "answer"),
    (Reply(content='{"name": "no_such", "arguments": {}}'), "answer"),
    (Reply(content='{"answer": 42}'), "answer"),
    (Reply(content="[]"), "answer"),
    (Reply(content="0"), "answer"),
    (Reply(content='```json\n{"files": 2}\n```'), "answer"),
    (Reply(content="**Two** files: `a`, `b`."), "answer"),
    (Reply(content="двa файла \U0001f600"), "answer"),
    (Reply(content="a\ud800b"), "answer"),
    (Reply(calls=(_call(),)), "calls"),
    (Reply(calls=(_call(), _call("read_file"))), "calls"),
    (Reply(content="Let me look.\n", calls=(_call(),)), "calls"),
    (Reply(thinking="hm", calls=(_call(),)), "calls"),
    (Reply(calls=(_call("LIST_DIR"),)), "calls"),
    (Reply(calls=(_call("list-dir"),)), "calls"),
    (Reply(calls=(_call("List Dir"),)), "calls"),
    (Reply(calls=(_call(number="x" * 500),)), "calls"),
    (Reply(calls=(_call(number="1"), _call(number="1"))), "calls"),
    (_raw('{"path": "."}'), "calls"),
    (_raw('"{\\"path\\": \\".\\"}"'), "calls"),
    (_raw("{'path': '.'}"), "calls"),
    (_raw('{"path": ".",}'), "calls"),
    (_raw('{"path": "."'), "calls"),
    (_raw('{"path": "a\nb"}'), "calls"),
    (_raw('```json\n{"path": "."}\n```'), "calls"),
    (Reply(content=CALL), "calls"),
    (Reply(content=f"```json\n{CALL}\n```"), "calls"),
    (Reply(content=f"<tool_call>\n{CALL}\n</tool_call>"), "calls"),
    (Reply(content=f"I look.\n<tool_call>\n{CALL}\n</tool_call>"), "calls"),
    (Reply(content=f"<think>hm</think>{CALL}"), "calls"),
    (Reply(content='[TOOL_CALLS] [{"name": "read_file", "arguments": {"path": "."}}]'), "calls"),
    (Reply(content='<function=list_dir>{"path": "."}</function>'), "calls"),
    (Reply(content='{"name": "list_dir", "parameters": "{\\"path\\": \\".\\"}"}'), "calls"),
    (Reply(), "empty_reply"),
    (Reply(reply_tokens=40), "empty_reply"),
    (Reply(content=" \n\t "), "empty_reply"),
    (Reply(content="<think></think>"), "empty_reply"),
    (Reply(thinking="only this"), "thinking_only"),
    (Reply(content="<think>only this"), "thinking_only"),
    (Reply(content="<think>only this</think>"), "thinking_only"),
    (Reply(thinking=CALL), "thinking_only"),
    (Reply(calls=(_call("rm_rf"),)), "unknown_tool"),
    (Reply(calls=(_call(""),)), "unknown_tool"),
    (Reply(calls=(_call("list dir please"),)), "unknown_tool"),
    (Reply(calls=(_call(), _call("rm_rf"))), "unknown_tool"),
    (Reply(content='<tool_call>{"name": "rm_rf", "arguments": {}}</tool_call>'), "unknown_tool"),
    (_raw({"path": 5}), "bad_arguments"),
    (_raw({"path": ".", "more": 1}), "bad_arguments"),
    (_raw({}), "bad_arguments"),
    (_raw(None), "bad_arguments"),
    (_raw(""), "bad_arguments"),
    (_raw("null"), "bad_arguments"),
    (_raw([]), "bad_arguments"),
    (_raw([{"path": "."}]), "bad_arguments"),
    (_raw(5), "bad_arguments"),
    (_raw(True), "bad_arguments"),
    (_raw({"path": float("nan")}), "bad_arguments"),
    (_raw({"path": "\ud800"}), "bad_arguments"),
    (_raw({"path": "."}, {"path": 5}), "bad_arguments"),
    (_raw('"."'), "broken_json"),
    (_raw("path is ."), "broken_json"),
    (_raw('{"nope": ".",}'), "broken_json"),
    (_raw('{"path": ".", "path": ".."}'), "broken_json"),
    (_raw("{" * 200), "broken_json"),
    (_raw("[" * 100_000), "broken_json"),
    (Reply(content="<tool_call>{'name': </tool_call>"), "broken_json"),
    (Reply(content=f"<tool_call>{CALL}</tool_call><tool_call>{CALL}</tool_call>"), "broken_json"),
    (Reply(content="<function=list_dir><parameter=path>.</parameter></function>"), "broken_json"),
    (Reply(content="Two files.", done_reason="length"), "cut_by_length"),
    (Reply(thinking="So", done_reason="length"), "cut_by_length"),
    (Reply(calls=(_call(),), done_reason="length"), "cut_by_length"),
    (Reply(calls=(_call(),) * 9), "too_many_calls"),
    (Reply(content="Two fi", complete=False), "incomplete"),
    (Reply(calls=(_call(),), complete=False), "incomplete"),
    (Reply(error="repetition", complete=False, content="la " * 500), "repetition"),
    (Reply(error="too_long", complete=False), "too_long"),
    (Reply(error="prompt_cut", content="Yes."), "prompt_cut"),
    (Reply(error="broken_json", detail="\ud800"), "broken_json"),
)

_BODIES: tuple[str, ...] = (
    CALL,
    CALL[:-2],
    CALL.replace('"', "'"),
    CALL.replace("list_dir", "rm_rf"),
    '{"name": "list_dir", "arguments": "."}',
    '{"name": "list_dir", "arguments": null}',
    f"[{CALL}, {CALL}]",
    '{"name": "read_file", "arguments": {"path": ' + "[" * 80 + "]" * 80 + "}}",
    '{"name": "list_dir", "arguments": {"path": 9' + "9" * 40 + "}}",
    "Two files.",
    "\x00\x1b[31m",
)
_AROUND: tuple[tuple[str, str], ...] = (
    ("", ""),
    ("```json\n", "\n```"),
    ("```", "```"),
    ("<tool_call>", "</tool_call>"),
    ("<tool_call>", ""),
    ("Well, ", ""),
    ("[TOOL_CALLS]", ""),
    ("<|python_tag|>", "<|eom_id|>"),
    ("<think>", "</think>"),
    ("<think>", ""),
    ("", "</think>"),
    ("<function=list_dir>", "</function>"),
    ("<|tool_call>call:list_dir", "<tool_call|>"),
    ("</tool_call>", "<tool_call>"),
    ("Sure! <tool_call>\n", "\n</tool_call> Done."),
    ("{", "}"),
    ("<tool_call><tool_call>", "</tool_call>"),
    ("functions.list_dir(", ")"),
    ("Action: list_dir\nAction Input: ", "\nObservation:"),
    ("\ufeff", "\u2028"),
)

REPLIES: tuple[Reply, ...] = (
    *(reply for reply, _ in EXPECTED),
    *(
        Reply(content=f"{before}{body}{after}")
        for body, (before, after) in itertools.product(_BODIES, _AROUND)
    ),
)
