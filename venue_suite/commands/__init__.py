"""The `venue` commands: what people type. Each module holds one family."""

from venue_suite.commands.line import run

__all__ = ["run"]
