"""Text templates of designs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venue_suite.paper.template import parse_template


def _fill(template: str, **values: str) -> str:
    return parse_template(template).fill(lambda name: values.get(name, ""))


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ("票价 Price", {}, "票价 Price"),
        ("票号 {number}", {"number": "7"}, "票号 7"),
        ("票号 {number}", {}, ""),
        ("{a} · {b}", {"b": "x"}, " · x"),
        ("{a}[ · {b}]", {"a": "x"}, "x"),
        ("{a}[ · {b}]", {"a": "x", "b": "y"}, "x · y"),
        ("[{a} · ]{b}", {"b": "y"}, "y"),
        ("[{a} · ]{b}", {}, ""),
        ("{a}[ ({b}/{c})]", {"a": "x", "b": "1"}, "x"),
        ("{{{a}}} [[{b}]]", {"a": "1", "b": "2"}, "{1} [2]"),
    ],
)
def test_fill(template: str, values: dict[str, str], expected: str) -> None:
    assert _fill(template, **values) == expected


@pytest.mark.parametrize("template", ["{", "}", "[", "]", "{a", "{A}", "{a b}", "[{a}", "[[{a}]"])
def test_bad_templates_are_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"lone|closed"):
        parse_template(template)


def test_names() -> None:
    assert parse_template("{a}[ {b}] {a}").names == {"a", "b"}


@given(st.text())
def test_values_are_never_read_as_templates(value: str) -> None:
    assert _fill("<{a}>", a=value) == (f"<{value}>" if value else "")
