"""Opening the database for a verb."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.command import Command
from tests.store.making import form_1


def test_a_database_that_changed_its_form_is_told_once_with_where_the_old_one_is(tmp_path: Path) -> None:
    """A verb that looks says nothing and changes nothing; the first that writes says on stderr where the old form is kept."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "runs").mkdir()
    command = Command(tmp_path / "folder")
    form_1(command.database)

    looked = command("show", "denied", "--json")
    assert (looked.exit, looked.err, looked.json()["state"]) == (0, "", "DONE")

    first = command("deny", "waits", "--json", "--quiet")
    (kept,) = command.database.parent.glob("detent.db.form1-*.backup")
    assert first.exit == 0, first.err
    assert first.json()["state"] != "AWAITING_APPROVAL"
    assert str(kept) in first.err

    again = command("tell", "waits", "look again")
    assert "form" not in again.err
    assert command("verify").exit == 0
    assert command("verify", "--db", str(kept)).exit == 0
