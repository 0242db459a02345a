"""Refusals as documents: what a client needs of the params survives."""

from __future__ import annotations

from datetime import date

import msgspec

from venue_suite.domain.errors import Refused
from venue_suite.server.problems import problem_response
from venue_suite.wire import Problem


def test_params_stay_what_they_are_and_all_else_becomes_text() -> None:
    error = Refused(
        reason="no",
        seats=(3, 4),
        left=0,
        names={"zh": "座", "day": date(2026, 11, 28)},
        on=date(2026, 11, 28),
    )
    response = problem_response(error)
    assert response.content_type == "application/problem+json"
    assert isinstance(response.body, bytes)
    problem = msgspec.json.decode(response.body, type=Problem)
    assert (problem.status, problem.code) == (409, "refused")
    assert problem.params == {
        "reason": "no",
        "seats": [3, 4],
        "left": 0,
        "names": {"zh": "座", "day": "2026-11-28"},
        "on": "2026-11-28",
    }
