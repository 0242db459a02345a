"""The venue's data: one writer with group commit, snapshot readers, statements compiled once."""

from venue_suite.database.facade import Database
from venue_suite.database.rows import JsonField, MomentField, Row
from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View, Work
from venue_suite.domain.actors import Actor

__all__ = [
    "Actor",
    "Database",
    "JsonField",
    "MomentField",
    "Row",
    "Statement",
    "View",
    "Work",
    "param",
]
