"""Log lines: one an event, readable by machines as JSON."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from venue_suite.config import LogConfig
from venue_suite.logs import set_up_logs

SetUp = Callable[[LogConfig], io.StringIO]


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> SetUp:
    """config -> where the log lines go."""
    stream = io.StringIO()

    def run(config: LogConfig) -> io.StringIO:
        monkeypatch.setattr("sys.stderr", stream)
        set_up_logs(config)
        return stream

    return run


def test_json_lines_parse(set_up: SetUp) -> None:
    stream = set_up(LogConfig(format="json"))
    logger = logging.getLogger("venue_suite.test")
    logger.info("ready", extra={"port": 8470, "file": Path("/x"), "at_time": datetime.now(UTC)})
    logger.warning('a "quoted"\nline with 中文 and %s', "\x00\ud800")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logger.exception("failed", extra={"error": ValueError("x"), "raw": b"\xff"})
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in lines] == [
        "ready",
        'a "quoted"\nline with 中文 and \x00\ud800',
        "failed",
    ]
    assert [line["level"] for line in lines] == ["INFO", "WARNING", "ERROR"]
    assert lines[0]["source"] == "venue_suite.test"
    assert lines[0]["port"] == 8470
    assert lines[0]["at"]
    assert "ValueError: two" in lines[2]["exc_info"]


def test_text_lines_show_the_extras(set_up: SetUp) -> None:
    stream = set_up(LogConfig())
    logging.getLogger("server").info("started", extra={"port": 8470})
    line = stream.getvalue()
    assert line.count("\n") == 1
    assert line.endswith("INFO    server  started  port=8470\n")


def test_text_event_stays_one_line(set_up: SetUp) -> None:
    """Text from outside can't forge a log line of its own."""
    stream = set_up(LogConfig())
    forged = "x\n12:00:00 INFO    server  all is well\r\x1b[2J"
    logging.getLogger("server").warning("path %s", forged, extra={"path": forged})
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_level_holds_back_what_is_below(set_up: SetUp) -> None:
    stream = set_up(LogConfig(level="error"))
    logging.getLogger("x").warning("no")
    logging.getLogger("x").error("yes")
    assert "yes" in stream.getvalue()
    assert "no" not in stream.getvalue()


def test_second_set_up_replaces_the_first(set_up: SetUp) -> None:
    set_up(LogConfig())
    stream = set_up(LogConfig())
    logging.getLogger("x").error("once")
    assert stream.getvalue().count("once") == 1
