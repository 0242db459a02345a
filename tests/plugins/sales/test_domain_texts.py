"""Every sentence of the domain has its Chinese, with the same places for values."""

from __future__ import annotations

import re
from importlib import resources

from babel.messages.pofile import read_po
from venue_plugins.sales.domain import best_seats, errors


def sentences() -> set[str]:
    refusals = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    said = {kind.default_template for kind in refusals if kind.__module__ == errors.__name__}
    reasons = {
        value
        for name, value in vars(best_seats).items()
        if name.isupper() and isinstance(value, str) and value.endswith(".")
    }
    return said | reasons


def test_the_catalogue_has_every_sentence() -> None:
    path = resources.files("venue_plugins.sales").joinpath("locale", "zh.po")
    with path.open("rb") as file:
        catalogue = {entry.id: entry.string for entry in read_po(file) if entry.id}
    assert sentences() - set(catalogue) == set()
    for english in sentences():
        chinese = catalogue[english]
        assert re.search(r"[\u4e00-\u9fff]", chinese)
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese))
