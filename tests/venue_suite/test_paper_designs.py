"""Designs are read strictly: what is wrong in one is named when it is read, not when it prints."""

from __future__ import annotations

import importlib.resources

import pytest

from venue_suite.paper import design_names, load_design
from venue_suite.paper.design import Design, RowsBox, TextBox, design_for, parse_design
from venue_suite.paper.errors import DesignInvalid, DesignUnknown, PaperTooNarrow

HEAD = """
summary = "A test"
family = "test"
width_dots = 400
[fields]
title = { help = "What it is.", required = true }
lines = { help = "Rows.", rows = ["name"] }
"""


def _parse(box: str) -> Design:
    return parse_design("test", HEAD + box)


def test_a_small_design() -> None:
    design = _parse('[[box]]\nkind = "text"\ntext = "{title}"\nsize = 30')
    assert design.box == [TextBox(text="{title}", size=30)]


def test_rows_see_their_own_fields_and_the_sheets() -> None:
    design = _parse(
        '[[box]]\nkind = "rows"\nof = "lines"\nbox = [{ kind = "text", text = "{name} {title}" }]'
    )
    assert isinstance(design.box[0], RowsBox)


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ('[[box]]\nkind = "text"\ntext = "{titel}"', "the field titel is not declared"),
        ('[[box]]\nkind = "text"\ntext = "{name}"', "the field name is not declared"),
        ('[[box]]\nkind = "qr"\ntext = "{code}"', "the field code is not declared"),
        ('[[box]]\nkind = "rule"\nwhen = "code"', "the field code is not declared"),
        (
            '[[box]]\nkind = "cells"\ncells = [{ label = "x", text = "{seat}" }]',
            "the field seat is not declared",
        ),
        (
            '[[box]]\nkind = "row"\ncolumns = [{ box = [{ kind = "text", text = "{x}" }] }]',
            "the field x is not declared",
        ),
        (
            '[[box]]\nkind = "panel"\nbox = [{ kind = "text", text = "{x}" }]',
            "the field x is not declared",
        ),
        (
            '[[box]]\nkind = "rows"\nof = "lines"\nbox = [{ kind = "text", text = "{x}" }]',
            "the field x is not declared",
        ),
        ('[[box]]\nkind = "rows"\nof = "title"\nbox = []', "title is not declared as a field of"),
        ('[[box]]\nkind = "text"\ntext = "{title"', "a lone {"),
        ('[[box]]\nkind = "picture"\nfile = "absent.png"', "the picture absent.png is not there"),
        ('[[box]]\nkind = "picture"\nfile = "../mark.png"', "the picture ../mark.png is not"),
        ('[[box]]\nkind = "text"\ntext = "x"\nx = 300\nwidth = 200', "wider than the paper"),
        ('[[box]]\nkind = "text"\ntext = "x"\nsizes = 3', "unknown field `sizes`"),
        ('[[box]]\nkind = "text"\ntext = "x"\nlines = 0', ">= 1"),
        ('[[box]]\nkind = "rule"\nthickness = 1', ">= 2"),
        ('[[box]]\nkind = "qr"\ntext = "x"\nmodule = 3', ">= 4"),
        ('[[box]]\nkind = "circle"', "circle"),
        ('[[box]]\ntext = "x"', "kind"),
        ("[[box]\n", "Expected"),
    ],
)
def test_what_is_wrong_is_named(box: str, reason: str) -> None:
    with pytest.raises(DesignInvalid) as caught:
        _parse(box)
    assert reason in str(caught.value)
    assert caught.value.code == "design_invalid"


def test_the_width_must_be_whole_bytes() -> None:
    with pytest.raises(DesignInvalid, match="multiple of 8"):
        parse_design("test", HEAD.replace("400", "401") + '[[box]]\nkind = "rule"')


def test_an_unknown_design_names_the_known_ones() -> None:
    with pytest.raises(DesignUnknown, match="ticket-80mm"):
        load_design("../ticket-80mm")


@pytest.mark.parametrize(
    ("paper", "expected"), [(640, 576), (576, 576), (575, 384), (420, 384), (384, 384)]
)
def test_narrow_paper_gets_the_narrow_design(paper: int, expected: int) -> None:
    assert design_for("ticket-80mm", paper).width_dots == expected


def test_paper_that_nothing_fits_is_refused() -> None:
    with pytest.raises(PaperTooNarrow, match="300 dots"):
        design_for("ticket-80mm", 300)


@pytest.mark.parametrize("name", design_names())
def test_every_field_is_used_and_described(name: str) -> None:
    design = load_design(name)
    folder = importlib.resources.files("venue_templates") / "papers"
    source = (folder / f"{name}.toml").read_text("utf-8")
    readme = (folder / "README.md").read_text("utf-8")
    # English texts of a length or an address are only seen on papers with English first.
    swapped = {field for field in design.fields if f"{field.removesuffix('_en')}_zh" in source}
    for field, declared in design.fields.items():
        body = source.split("[[box]]", 1)[1]
        assert f"{{{field}}}" in body or f'of = "{field}"' in body or field in swapped, field
        assert f"| `{field}` | {'required' if declared.required else ''} |" in readme
        assert declared.help
