"""The chat templates of the hand-made models: one prompt in two languages, jinja and Go's.

The prompt is ChatML with Hermes-style tool calls, and ends in the control token ``<|turnN|>``, where ``N`` is the
number of assistant messages in the conversation.

Servers read a template as well as run it.
llama.cpp renders it with made-up messages to learn how calls and thinking look.
Ollama takes the word "tools", or ``.Tools``, for the promise that the model can call tools, the first text after
``.ToolCalls`` for the tag that opens a call, and the first and last text around ``.Thinking`` for the tags of thinking.
So a part that a model shall not have must be absent, not merely unused.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ChatTemplate:
    """What the prompt must be able to show."""

    last_turn: int  # the one that repeats
    tools: bool
    thinking: bool

    def jinja(self) -> str:
        """Return the template that goes into the GGUF."""
        return self._fill(_JINJA, _JINJA_TOOLS, _JINJA_CALLS, _JINJA_RESULT, _JINJA_THINKING)

    def go(self) -> str:
        """Return the TEMPLATE of an Ollama Modelfile."""
        return self._fill(_GO, _GO_TOOLS, _GO_CALLS, _GO_RESULT, _GO_THINKING)

    def _fill(self, frame: str, tools: str, calls: str, result: str, thinking: str) -> str:
        parts = {"@TOOLS@": tools, "@CALLS@": calls, "@RESULT@": result} if self.tools else {}
        parts |= {"@THINKING@": thinking} if self.thinking else {}
        for mark in ("@TOOLS@", "@CALLS@", "@RESULT@", "@THINKING@"):
            frame = frame.replace(mark, parts.get(mark, "").strip())
        return frame.replace("@LAST@", str(self.last_turn)).strip()


_JINJA = r"""
{%- set seen = namespace(turns=0) -%}
@TOOLS@
{%- for m in messages -%}
{%- if m.role == 'assistant' -%}
{%- set seen.turns = seen.turns + 1 -%}
{{- '<|im_start|>assistant\n' -}}
@THINKING@
{{- m.content or '' -}}
@CALLS@
{{- '<|im_end|>\n' -}}
@RESULT@
{%- else -%}
{{- '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\n<|turn' ~ ([seen.turns, @LAST@] | min) ~ '|>' -}}
{%- endif -%}
"""
_JINJA_TOOLS = r"""
{%- if tools -%}
{{- '<|im_start|>system\n# Tools\n<tools>' -}}
{%- for tool in tools -%}{{- '\n' -}}{{- tool | tojson -}}{%- endfor -%}
{{- '\n</tools>\nCall a function with <tool_call></tool_call>.<|im_end|>\n' -}}
{%- endif -%}
"""
_JINJA_CALLS = r"""
{%- if m.tool_calls -%}
{%- for call in m.tool_calls -%}
{%- if not loop.first or m.content -%}{{- '\n' -}}{%- endif -%}
{{- '<tool_call>\n{"name": "' + call.function.name + '", "arguments": ' -}}
{%- if call.function.arguments is string -%}{{- call.function.arguments -}}
{%- else -%}{{- call.function.arguments | tojson -}}{%- endif -%}
{{- '}\n</tool_call>' -}}
{%- endfor -%}
{%- endif -%}
"""
_JINJA_RESULT = r"""
{%- elif m.role == 'tool' -%}
{{- '<|im_start|>user\n<tool_response>\n' -}}{{- m.content -}}{{- '\n</tool_response><|im_end|>\n' -}}
"""
_JINJA_THINKING = r"""
{%- if m.reasoning_content -%}
{{- '<think>\n' + m.reasoning_content + '\n</think>\n\n' -}}
{%- endif -%}
"""

# Go templates cannot add, so the turn is the length of a text that grows with every assistant message.
_GO = r"""
{{- $seen := "" -}}
@TOOLS@
{{- range .Messages -}}
{{- if eq .Role "assistant" -}}
{{- $seen = printf "%sx" $seen -}}
{{- "<|im_start|>assistant\n" -}}
@THINKING@
{{- .Content -}}
@CALLS@
{{- "<|im_end|>\n" -}}
@RESULT@
{{- else -}}
{{- "<|im_start|>" -}}{{- .Role -}}{{- "\n" -}}{{- .Content -}}{{- "<|im_end|>\n" -}}
{{- end -}}
{{- end -}}
{{- "<|im_start|>assistant\n" -}}
{{- if ge (len $seen) @LAST@ -}}<|turn@LAST@|>{{- else -}}<|turn{{- len $seen -}}|>{{- end -}}
"""
_GO_TOOLS = r"""
{{- if .Tools -}}
{{- "<|im_start|>system\n# Tools\n<tools>" -}}
{{- range .Tools -}}{{- "\n" -}}{{- . -}}{{- end -}}
{{- "\n</tools>\nCall a function with <tool_call></tool_call>.<|im_end|>\n" -}}
{{- end -}}
"""
_GO_CALLS = r"""
{{- if .ToolCalls -}}
{{- range .ToolCalls -}}
<tool_call>{{- "\n" -}}{"name": "{{- .Function.Name -}}", "arguments":
{{- " " -}}{{- .Function.Arguments -}}}{{- "\n" -}}</tool_call>
{{- end -}}
{{- end -}}
"""
_GO_RESULT = r"""
{{- else if eq .Role "tool" -}}
{{- "<|im_start|>user\n<tool_response>\n" -}}{{- .Content -}}{{- "\n</tool_response><|im_end|>\n" -}}
"""
_GO_THINKING = r"""
{{- if .Thinking -}}<think>{{- "\n" -}}{{- .Thinking -}}{{- "\n" -}}</think>{{- end -}}
{{- if .Thinking -}}{{- "\n\n" -}}{{- end -}}
"""
