"""Structured logs: one line an event, as text for people or as JSON for machines."""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

from venue_suite.config import LogConfig
from venue_suite.domain.errors import ConfigInvalid

_LEVELS = ("debug", "info", "warning", "error")


class _TextFormatter(logging.Formatter):
    """`18:42:07 INFO    server  started  port=8470`: the extras of the record follow the message."""

    _STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        extras = [
            f"{key}={value}"
            for key, value in record.__dict__.items()
            if key not in self._STANDARD
        ]
        return "  ".join([line, *extras])


def set_up_logs(config: LogConfig) -> None:
    """Send the root logger to stderr in the configured shape. Call once, early."""
    if config.level not in _LEVELS:
        raise ConfigInvalid(source="log", reason=f"key log.level: one of {', '.join(_LEVELS)}")
    handler = logging.StreamHandler(sys.stderr)
    if config.format == "json":
        handler.setFormatter(
            JsonFormatter(
                "%(asctime)s %(levelname)s %(name)s %(message)s",
                rename_fields={"asctime": "at", "levelname": "level", "name": "source"},
            )
        )
    elif config.format == "text":
        handler.setFormatter(
            _TextFormatter("%(asctime)s %(levelname)-7s %(name)s  %(message)s", "%H:%M:%S")
        )
    else:
        raise ConfigInvalid(source="log", reason="key log.format: one of text, json")
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(config.level.upper())
