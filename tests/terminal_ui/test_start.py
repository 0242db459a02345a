"""How the console starts: language, state folder, the terminal's frames."""

from __future__ import annotations

import os
import pty
import threading
from pathlib import Path

import pytest
from venue_terminal import probe
from venue_terminal.app import choose_language, state_dir


@pytest.mark.parametrize(
    ("configured", "lang", "language"),
    [("en", "zh_CN.UTF-8", "en"), ("", "zh_CN.UTF-8", "zh"), ("", "C.UTF-8", "en"), ("", "", "en")],
)
def test_the_language_is_the_configured_or_the_terminals(
    configured: str, lang: str, language: str
) -> None:
    assert choose_language(configured, {"LANG": lang}) == language


def test_state_is_kept_where_the_system_keeps_state(tmp_path: Path) -> None:
    assert state_dir({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "venue-suite" / "console"
    assert state_dir({}) == Path.home() / ".local" / "state" / "venue-suite" / "console"


@pytest.mark.parametrize(("answer", "column"), [(b"\x1b[1;2R", 2), (b"\x1b[1;3R", 3), (b"", 0)])
def test_the_terminal_is_asked_how_wide_a_frame_is(
    answer: bytes, column: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "ANSWER_TIMEOUT_S", 0.2)
    terminal, console = pty.openpty()
    seen: list[bytes] = []

    def be_a_terminal() -> None:
        seen.append(os.read(terminal, 64))
        os.write(terminal, answer)

    thread = threading.Thread(target=be_a_terminal)
    thread.start()
    try:
        assert probe._ask(console, console) == column
    finally:
        thread.join()
        os.close(terminal)
        os.close(console)
    assert seen[0].startswith("\r─\x1b[6n".encode())


def test_without_a_terminal_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert probe.shows_frames_in_one_cell()
