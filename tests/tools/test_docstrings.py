"""What is read out of docstrings."""

from hypothesis import given
from hypothesis import strategies as st

from detent.tools.docstrings import Doc, read

WORDS = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=5).map(" ".join)


@given(st.none() | st.text())
def test_reads_any_text(text: str | None) -> None:
    """No text is an error."""
    assert isinstance(read(text), Doc)


@given(
    description=WORDS,
    arguments=st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), WORDS, max_size=4),
    title=st.sampled_from(["Args:", "Arguments:", "Attributes:"]),
)
def test_finds_what_google_style_says(description: str, arguments: dict[str, str], title: str) -> None:
    """The first paragraph and every described parameter are found, on one line each."""
    entries = "".join(
        f"        {name}: {words.replace(' ', chr(10) + '            ', 1)}\n"
        for name, words in arguments.items()
    )
    doc = read(
        f"{description}\n\n    More.\n\n    {title}\n{entries}\n    Returns:\n        other: thing\n    "
    )

    assert Doc(description, arguments) == doc


def test_joins_the_lines_of_the_first_paragraph() -> None:
    """A paragraph that was wrapped is one line for the model."""
    assert read("One\n    and two.\n\n    Not this.\n    ").description == "One and two."


def test_takes_types_and_stars_for_decoration() -> None:
    """`name (type): words` and `**name: words` describe the name."""
    assert read("A.\n\nArgs:\n  x (int): how many\n  **y: rest\n").arguments == {"x": "how many", "y": "rest"}


def test_takes_a_section_without_a_description() -> None:
    """A docstring may begin with its parameters, and its entries may be preceded by other words."""
    assert read("\n  Args:\n    not an entry\n    x: this\n\n    y: that\n  ") == Doc(
        "", {"x": "this", "y": "that"}
    )
