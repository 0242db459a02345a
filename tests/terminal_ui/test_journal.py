"""The journal: on disk before anything is sent, adopted after a crash, never by two consoles."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from venue_terminal.journal import Entry, Journal, JournalUnusable

ENTRY = Entry(
    operation_id="01J",
    kind="sales.tender",
    path="/sales/orders/7/cash",
    body={"received_minor": 60000},
    details={"order": 7},
    sent=True,
)


def adopted(folder: Path) -> Entry | None:
    """What a console finds that starts now."""
    journal = Journal(folder, "two")
    entry = journal.adopt()
    journal.close()
    return entry


def files(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.iterdir())


def test_what_a_dead_console_left_is_adopted_once(tmp_path: Path) -> None:
    dead = Journal(tmp_path, "dead")
    dead.save(ENTRY)
    dead.close()
    heir, late = Journal(tmp_path, "heir"), Journal(tmp_path, "late")
    assert heir.adopt() == ENTRY
    assert late.adopt() is None
    heir.clear()
    heir.close()
    assert files(tmp_path) == []


def test_a_running_console_keeps_its_own(tmp_path: Path) -> None:
    running, other = Journal(tmp_path, "running"), Journal(tmp_path, "other")
    running.save(ENTRY)
    assert other.adopt() is None
    assert files(tmp_path) == [".json", ".lock"]
    running.close()
    assert other.adopt() == ENTRY
    other.close()


def test_the_newest_entry_replaces_the_last(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    journal.save(ENTRY)
    journal.save(Entry(operation_id="01K", kind="sales.tender"))
    journal.close()
    assert adopted(tmp_path) == Entry(operation_id="01K", kind="sales.tender")


def test_a_damaged_file_is_put_aside_and_named(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(b'{"operation_id": 7')
    journal = Journal(tmp_path, "one")
    assert journal.adopt() is None
    assert [path.name for path in journal.damaged] == ["bad.damaged"]
    assert files(tmp_path) == [".damaged"]


def test_locks_that_nobody_holds_are_swept_away(tmp_path: Path) -> None:
    (tmp_path / "dead.lock").write_bytes(b"")
    running = Journal(tmp_path, "running")
    running.save(ENTRY)
    running.clear()
    assert adopted(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == ["running.lock"]
    running.close()


def test_an_empty_or_missing_folder_holds_nothing(tmp_path: Path) -> None:
    assert adopted(tmp_path / "missing") is None


def test_a_folder_that_cant_be_written_says_so(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(JournalUnusable) as refused:
        Journal(blocked / "state").save(ENTRY)
    assert refused.value.code == "journal_unusable"


def test_saving_is_atomic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in the middle of writing leaves the entry that was there before."""
    journal = Journal(tmp_path, "one")
    journal.save(ENTRY)

    def no_power(file: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", no_power)
    with pytest.raises(JournalUnusable):
        journal.save(Entry(operation_id="01K", kind="sales.tender"))
    monkeypatch.undo()
    journal.close()
    assert adopted(tmp_path) == ENTRY
