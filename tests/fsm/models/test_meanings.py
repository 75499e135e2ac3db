"""What the words of Ollama mean."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.models.meanings import Meaning, error_text, meaning, sizes, worded
from detent.states.errors import ConfigError, ModelUnavailable

TOO_LONG = {
    "error": {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 5551, "n_ctx": 1024}
}


@pytest.mark.parametrize(
    ("status", "said", "means"),
    [
        (400, json.dumps(TOO_LONG), Meaning("refused", "too_long")),
        (
            400,
            "the prompt is longer than the context length currently available",
            Meaning("refused", "too_long"),
        ),
        (400, "registry.ollama.ai/library/x:latest does not support tools", Meaning("no_tools")),
        (400, '"x" does not support thinking', Meaning("no_thinking")),
        (404, "model 'nope' not found", Meaning("missing")),
        (404, "model 'nope' not found, try pulling it first", Meaning("missing")),
        (
            500,
            'llama-server returned invalid tool call arguments for "list_dir"',
            Meaning("refused", "broken_json"),
        ),
        (500, "Unexpected empty grammar stack after accepting piece", Meaning("refused", "broken_json")),
        (500, "error parsing tool call: raw='{', err=unexpected end", Meaning("refused", "broken_json")),
        (500, "Failed to parse input at pos 5", Meaning("refused", "broken_json")),
        (500, "prediction aborted, token repeat limit reached", Meaning("refused", "repetition")),
        (503, "server busy, please try again.  maximum pending requests exceeded", Meaning("busy")),
        (429, "slow down", Meaning("busy")),
        (401, "unauthorized", Meaning("no_access")),
        (500, "model requires more system memory (5.3 GiB) than is available (4.4 GiB)", Meaning("memory")),
        (200, "an error was encountered while running the model: unexpected EOF", Meaning("died")),
        (500, "llama-server process has terminated: exit status 2", Meaning("died")),
        (500, "no user query found in messages", Meaning("failed")),
        (404, "page not found", Meaning("failed")),
    ],
)
def test_words_have_one_meaning(status: int, said: str, means: Meaning) -> None:
    """Every wording that Ollama is known to use comes to what it means."""
    assert meaning(status, said) == means


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error": "no"}', "no"),
        ('{"error": {"message": "no", "code": 5}}', '{"message": "no", "code": 5}'),
        (json.dumps({"error": json.dumps(TOO_LONG)}), json.dumps(TOO_LONG["error"])),
        ('"no"', "no"),
        ('{"message": "no"}', "no"),
        ("<html>Bad gateway</html>", "<html>Bad gateway</html>"),
        ("", ""),
        ("{}", "{}"),
        ("5", "5"),
        ('{"error": 5}', '{"error": 5}'),
    ],
)
def test_the_text_of_an_error_is_found(body: str, said: str) -> None:
    """An error's text is found in every shape that servers and proxies give it."""
    assert error_text(body) == said


@given(st.text())
def test_any_body_has_a_text(body: str) -> None:
    """Whatever a body is, it has a text and a meaning."""
    assert meaning(500, error_text(body)).kind
    assert sizes(body) is not None


def test_the_figures_of_a_prompt_that_was_too_long() -> None:
    """How long it was and how long it may be are read from the error, wrapped or not."""
    assert sizes(json.dumps(TOO_LONG)) == sizes(json.dumps(TOO_LONG["error"])) == (5551, 1024)
    assert sizes("too long") == sizes('{"error": 5}') == (0, 0)


@pytest.mark.parametrize("kind", ["no_tools", "no_thinking", "bad_schema", "no_access", "no_address"])
def test_what_can_never_work_is_a_configuration_error(kind: str) -> None:
    """What the model or the address cannot do at all leaves with 78 and says what would do."""
    error = worded(kind, "said", "qwen3", "http://here", ("llama3",), begun=False)

    assert isinstance(error, ConfigError)
    assert error.hint


@pytest.mark.parametrize(
    "kind", ["unreachable", "missing", "silent", "busy", "memory", "died", "strange", "failed", "anything"]
)
@pytest.mark.parametrize("begun", [True, False])
def test_what_may_work_later_leaves_the_run_parked(kind: str, begun: bool) -> None:
    """Trouble of the server leaves with 69, in two sentences."""
    error = worded(kind, "said", "qwen3", "http://here", ("llama3",), begun=begun)

    assert isinstance(error, ModelUnavailable)
    assert error.message.endswith(".")
    assert error.hint.endswith(".")
