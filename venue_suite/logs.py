"""Structured logs: one line an event, as text for people or as JSON for machines."""

from __future__ import annotations

import logging
import re
import sys

from pythonjsonlogger.json import JsonFormatter

from venue_suite.config import LogConfig

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class _TextFormatter(logging.Formatter):
    """`18:42:07 INFO    server  started  port=8470`: the record's extras follow the message."""

    _STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        extras = [
            f"{key}={value}" for key, value in record.__dict__.items() if key not in self._STANDARD
        ]
        line = "  ".join([super().formatMessage(record), *extras])
        # Codes and paths come from strangers: what they send must not look like a line of its own.
        return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], line)


def set_up_logs(config: LogConfig) -> None:
    """Send the root logger to stderr in the configured shape. Call once, early."""
    handler = logging.StreamHandler(sys.stderr)
    if config.format == "json":
        handler.setFormatter(
            JsonFormatter(
                "%(asctime)s %(levelname)s %(name)s %(message)s",
                rename_fields={"asctime": "at", "levelname": "level", "name": "source"},
            )
        )
    else:
        handler.setFormatter(
            _TextFormatter("%(asctime)s %(levelname)-7s %(name)s  %(message)s", "%H:%M:%S")
        )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(config.level.upper())
