"""Writes tiny models by hand: GGUF files of 50-200 KB that make a real server play a script.

    made = make_tiny_model(tmp_path, [
        {"name": "list_dir", "arguments": {"path": "."}},    # the reply to the first request: a tool call
        {"thinking": "Done?", "content": "Nothing here."},   # the reply to the second
    ])

No weights are downloaded: every number is computed here. A script is a list of turns, in the format of the
``script:FILE`` model: a text is an answer, ``{"name", "arguments"}`` one call, a list of those several calls in one
reply, ``{"content", "thinking", "tool_calls"}`` any mix, ``{"raw": text}`` that text whatever it is (broken JSON,
stray tags), and ``{"loop": text}`` that text without end. One kind of turn is for these models alone:
``{"stutter": text}`` is a loop of a single token, which Ollama breaks off after some thirty on its Go path.

How it works. The attention and feed-forward weights of the only layer are zero, so the embedding of the *last* token
reaches the output head unchanged and the network is a table "last token -> next token": token ``a`` is followed by
``b`` because ``embedding[a]`` and ``output[b]`` are the same code of +-1, far from every other code, and so it is at
every temperature. Each turn is cut into tokens of a few characters (replies stream in several chunks), chained one to
the next, and ends in the end-of-turn token. The chat template puts the control token ``<|turnN|>`` last in the prompt,
``N`` being the number of assistant messages in the conversation, and the chain of turn ``N`` begins there. So the
conversation selects the turn: the model keeps nothing between requests, like any other, and a client that loses history
is given an earlier turn again. Past the end of the script the last turn repeats.

The rule of this file: the reply depends on the script and the number of assistant messages, and on nothing else.
Needs numpy and gguf, for tests only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import gguf
import numpy as np
import numpy.typing as npt

from tests.servers.templates import ChatTemplate

Turn: TypeAlias = str | Mapping[str, Any] | Sequence[Mapping[str, Any]]
Matrix: TypeAlias = npt.NDArray[np.float64]

_BOS, _EOS, _START = "<s>", "<|im_end|>", "<|im_start|>"
_CALL_OPEN, _CALL_CLOSE = "<tool_call>", "</tool_call>"
_THINK_OPEN, _THINK_CLOSE = "<think>", "</think>"
_TURN_KEYS = ({"raw"}, {"loop"}, {"stutter"}, {"name", "arguments"}, {"content", "thinking", "tool_calls"})
_FEED_FORWARD = 32
_HEAD = 16


@dataclass(frozen=True)
class TinyModel:
    """The files that were written, and what the model will say."""

    gguf: Path
    modelfile: Path  # has no TEMPLATE: Ollama uses the jinja template inside the GGUF (the native path)
    modelfile_go: Path  # has a TEMPLATE: Ollama renders the prompt and parses the reply itself
    turns: tuple[str, ...]


def make_tiny_model(
    path: str | Path,
    script: Sequence[Turn],
    *,
    name: str = "tiny",
    piece: int = 12,
    num_ctx: int = 32768,
    seed: int = 0,
    tools: bool = True,
) -> TinyModel:
    """Write ``NAME.gguf``, ``NAME.Modelfile`` and ``NAME.go.Modelfile`` into the folder *path*.

    *piece* is the least number of characters per token: how fine replies stream.
    *num_ctx* is the context length; a prompt costs about a token per byte, so a small one overflows easily.
    *seed* is that of the codes; any value works.
    *tools* false makes a model whose template knows no tools: ``/api/show`` must not list them for it.
    """
    if not script:
        raise ValueError("the script needs at least one turn")
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    turns = tuple(render_turn(turn) for turn in script)
    template = ChatTemplate(
        last_turn=len(turns) - 1, tools=tools, thinking=any(_THINK_OPEN in turn for turn in turns)
    )
    vocabulary = _base_vocabulary()
    tensors = _tensors(vocabulary, _link_turns(vocabulary, script, piece), seed)

    target = folder / f"{name}.gguf"
    _write_gguf(target, vocabulary, tensors, num_ctx, template.jinja())
    native, go = folder / f"{name}.Modelfile", folder / f"{name}.go.Modelfile"
    native.write_text(_modelfile(target.name, num_ctx), encoding="utf-8")
    go.write_text(_modelfile(target.name, num_ctx, template.go()), encoding="utf-8")
    return TinyModel(target, native, go, turns)


# --- From the script to text -------------------------------------------------------------------------------


def render_turn(turn: Turn) -> str:
    """Return the exact text that the model emits for one turn."""
    if isinstance(turn, str):
        return turn
    if not isinstance(turn, Mapping):
        return "\n".join(map(_render_call, turn))
    if not any(turn and set(turn) <= keys for keys in _TURN_KEYS) or "" in (
        turn.get("loop"),
        turn.get("stutter"),
    ):
        raise ValueError(f"not a turn of a script: {turn!r}")
    for verbatim in ("raw", "loop", "stutter"):
        if verbatim in turn:
            return str(turn[verbatim])
    return _render_call(turn) if "name" in turn else _render_mix(turn)


def _render_mix(turn: Mapping[str, Any]) -> str:
    thinking = f"{_THINK_OPEN}\n{turn['thinking']}\n{_THINK_CLOSE}\n\n" if turn.get("thinking") else ""
    content = [turn["content"]] if turn.get("content") else []
    return thinking + "\n".join([*content, *map(_render_call, turn.get("tool_calls", ()))])


def _render_call(call: Mapping[str, Any]) -> str:
    body = {"name": call["name"], "arguments": call.get("arguments", {})}
    return f"{_CALL_OPEN}\n{json.dumps(body, ensure_ascii=False)}\n{_CALL_CLOSE}"


# --- From text to tokens, each with one successor ----------------------------------------------------------


@dataclass
class _Vocabulary:
    """The ordered tokens of a SentencePiece ("llama") tokenizer; no two may have the same text."""

    kinds: list[gguf.TokenType] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)

    def add(self, text: str, kind: gguf.TokenType) -> int:
        if not text or text in self.index:
            raise ValueError(f"a token text that is empty or used twice: {text!r}")
        self.index[text] = len(self.kinds)
        self.kinds.append(kind)
        return self.index[text]


def _base_vocabulary() -> _Vocabulary:
    """Control tokens and all 256 bytes, so that any prompt can be encoded."""
    vocabulary = _Vocabulary()
    vocabulary.add("<unk>", gguf.TokenType.UNKNOWN)
    vocabulary.add(_BOS, gguf.TokenType.CONTROL)
    vocabulary.add(_EOS, gguf.TokenType.CONTROL)
    for byte in range(256):
        vocabulary.add(f"<0x{byte:02X}>", gguf.TokenType.BYTE)
    vocabulary.add("\u2581", gguf.TokenType.NORMAL)  # the tokenizer's own spelling of a space
    vocabulary.add(_START, gguf.TokenType.CONTROL)
    return vocabulary


def _link_turns(vocabulary: _Vocabulary, script: Sequence[Turn], piece: int) -> dict[int, int]:
    """Add the tokens of every turn and return the table "token -> next token"."""
    turns = [(render_turn(turn), _ending(turn)) for turn in script]
    starts = [vocabulary.add(f"<|turn{i}|>", gguf.TokenType.CONTROL) for i in range(len(turns))]
    chains = _Chains(vocabulary, piece, reserved=_markers() | {text for text, _ in turns})
    ending_of: dict[str, str] = {}
    first_of: dict[str, int] = {"": vocabulary.index[_EOS]}
    for start, (text, ending) in zip(starts, turns, strict=True):
        if ending_of.setdefault(text, ending) != ending:
            raise ValueError(f"the same text both with an end and without: {text!r}")
        if text not in first_of:
            first_of[text] = chains.spell(text, ending)
        chains.following[start] = first_of[text]
    return chains.following


def _ending(turn: Turn) -> str:
    """Return "loop" or "stutter" for a turn without end, else "stop"."""
    endless = {"loop", "stutter"} & set(turn) if isinstance(turn, Mapping) else set()
    return endless.pop() if endless else "stop"


def _markers() -> set[str]:
    """Texts that must not be one token: llama-server refuses a tag that is a token it was not told to preserve."""
    tags = (_CALL_OPEN, _CALL_CLOSE, _THINK_OPEN, _THINK_CLOSE)
    return {before + tag + after for tag in tags for before in ("", "\n") for after in ("", "\n")}


class _Chains:
    """Cuts texts into tokens of their own, so that each token has exactly one successor."""

    def __init__(self, vocabulary: _Vocabulary, piece: int, reserved: set[str]) -> None:
        self.following: dict[int, int] = {}
        self._vocabulary = vocabulary
        self._piece = piece
        self._reserved = reserved

    def spell(self, text: str, ending: str) -> int:
        """Add a chain that spells *text*, once or without end, and return its first token."""
        parts = [text] if ending == "stutter" else self._cut(text)
        if ending == "loop" and len(parts) == 1:  # two tokens at least, or it would be a stutter
            parts = [text, text * 2]
        # USER_DEFINED tokens are found in prompts before the tokenizer runs, and are printed as they are.
        tokens = [self._vocabulary.add(part, gguf.TokenType.USER_DEFINED) for part in parts]
        after = self._vocabulary.index[_EOS] if ending == "stop" else tokens[0]
        self.following.update(zip(tokens, [*tokens[1:], after], strict=True))
        return tokens[0]

    def _cut(self, text: str) -> list[str]:
        """Cut as finely as *piece* allows without using a token twice."""
        for size in range(self._piece, len(text)):
            parts = [text[i : i + size] for i in range(0, len(text), size)]
            if len(set(parts)) == len(parts) and all(map(self._is_free, parts)):
                return parts
        return [text]  # whole texts are reserved, so this one is free

    def _is_free(self, part: str) -> bool:
        return part not in self._vocabulary.index and part not in self._reserved


# --- From the table to weights -----------------------------------------------------------------------------


def _tensors(vocabulary: _Vocabulary, following: Mapping[int, int], seed: int) -> dict[str, Matrix]:
    """Return the weights of a network that computes *following* from the last token alone."""
    end = vocabulary.index[_EOS]
    successors = sorted({*following.values(), end})
    code_of = dict(zip(successors, _codes(len(successors), seed), strict=True))
    width = code_of[end].size
    embedding = np.tile(code_of[end], (len(vocabulary.kinds), 1))  # after any other token the turn ends
    output = np.zeros_like(embedding)
    for token, follower in following.items():
        embedding[token] = code_of[follower]
    for token, code in code_of.items():
        output[token] = code
    sharp = np.full(width, 2.0)  # sets the right token so far above the others that temperature is no matter
    ends = {"token_embd.weight": embedding, "output_norm.weight": sharp, "output.weight": output}
    return {**ends, **_silent_layer(width)}


def _codes(count: int, seed: int) -> Matrix:
    """Return *count* rows of +-1, widened until every two differ enough."""
    width = 32
    while True:
        codes = np.random.default_rng(seed).choice([-1.0, 1.0], size=(count, width))
        likeness = codes @ codes.T
        np.fill_diagonal(likeness, -width)
        if likeness.max() <= width * 0.6:
            return codes
        width += 32


def _silent_layer(width: int) -> dict[str, Matrix]:
    """Return the one layer a llama must have, adding nothing to what passes through it."""
    shapes = {
        "attn_q": (width, width),
        "attn_k": (_HEAD, width),
        "attn_v": (_HEAD, width),
        "attn_output": (width, width),
        "ffn_gate": (_FEED_FORWARD, width),
        "ffn_up": (_FEED_FORWARD, width),
        "ffn_down": (width, _FEED_FORWARD),
    }
    layer = {f"blk.0.{kind}.weight": np.zeros(shape) for kind, shape in shapes.items()}
    return {**layer, "blk.0.attn_norm.weight": np.ones(width), "blk.0.ffn_norm.weight": np.ones(width)}


# --- Files -------------------------------------------------------------------------------------------------


def _write_gguf(
    target: Path, vocabulary: _Vocabulary, tensors: Mapping[str, Matrix], num_ctx: int, template: str
) -> None:
    width = tensors["output_norm.weight"].size
    writer = gguf.GGUFWriter(str(target), "llama")
    writer.add_type("model")
    writer.add_name(target.stem)
    writer.add_file_type(int(gguf.LlamaFileType.MOSTLY_F16))
    writer.add_context_length(num_ctx)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(_FEED_FORWARD)
    writer.add_head_count(width // _HEAD)
    writer.add_head_count_kv(1)
    writer.add_rope_dimension_count(_HEAD)
    writer.add_layer_norm_rms_eps(1e-5)
    _add_tokenizer(writer, vocabulary)
    writer.add_chat_template(template)
    for key, value in tensors.items():  # norms must be whole floats, matrices may be half ones
        writer.add_tensor(key, value.astype(np.float32 if value.ndim == 1 else np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tokenizer(writer: gguf.GGUFWriter, vocabulary: _Vocabulary) -> None:
    count = len(vocabulary.kinds)
    writer.add_vocab_size(count)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(list(vocabulary.index))
    writer.add_token_scores([0.0] * count)
    writer.add_token_types([int(kind) for kind in vocabulary.kinds])
    writer.add_unk_token_id(vocabulary.index["<unk>"])
    writer.add_bos_token_id(vocabulary.index[_BOS])
    writer.add_eos_token_id(vocabulary.index[_EOS])
    writer.add_add_bos_token(value=False)
    writer.add_add_eos_token(value=False)
    writer.add_add_space_prefix(value=False)


def _modelfile(weights: str, num_ctx: int, template: str | None = None) -> str:
    lines = [f"FROM ./{weights}"]
    if template is not None:
        lines.append(f'TEMPLATE """{template}"""')
    # More threads only wait for each other, and a graphics card would only be warmed up.
    options = {"num_ctx": num_ctx, "num_thread": 1, "num_gpu": 0, "temperature": 0}
    lines += [f"PARAMETER {key} {value}" for key, value in options.items()]
    lines += [f"PARAMETER stop {token}" for token in (_EOS, _START)]
    return "\n".join(lines) + "\n"
