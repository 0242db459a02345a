"""Designs of papers: what stands where, read from TOML files in `venue_templates/papers`.

All measures are printer dots at 203 dpi (8 a millimetre). Boxes flow downwards; `gap` is the room
above a box. A box with `y` stands at that height of its container instead, beside the flow.
The format is described for people in `venue_templates/papers/README.md`.
"""

from __future__ import annotations

import importlib.resources
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources.abc import Traversable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from venue_suite.paper.errors import DesignInvalid, DesignUnknown, PaperTooNarrow
from venue_suite.paper.template import parse_template

Align = Literal["left", "center", "right"]
Stand = Literal["top", "middle", "bottom"]
WeightName = Literal["regular", "bold"]

Dots = Annotated[int, Meta(ge=0, le=10_000)]
Size = Annotated[int, Meta(ge=8, le=400)]
Share = Annotated[float, Meta(gt=0.0, le=3.0)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A typing error in a design is refused, not ignored."""


class _Box(_Strict, tag_field="kind", frozen=True, kw_only=True):
    """What every box has.

    Attributes:
        gap: room above it.
        x: indent from the left of its container.
        y: if given, its place from the top of its container; it then takes no part in the flow.
        width: 0 takes all that its container has.
        when: shown only if this field has a value.
        unless: shown only if this field has none.
    """

    gap: Dots = 0
    x: Dots = 0
    y: Dots | None = None
    width: Dots = 0
    when: str = ""
    unless: str = ""


class Run(_Strict, frozen=True, kw_only=True):
    """A part of a paragraph with a weight of its own."""

    text: str
    weight: WeightName = "regular"


class TextBox(_Box, tag="text", frozen=True, kw_only=True):
    """Text that is fitted: shrunk to `shrink`, then set in up to `lines` lines, then cut.

    Attributes:
        text: a template; or `runs` for several weights in one paragraph.
        size: height of the em.
        shrink: the smallest share of `size` that is allowed.
        line_height, tracking: as shares of the size.
    """

    text: str = ""
    runs: list[Run] = []
    size: Size = 24
    weight: WeightName = "regular"
    align: Align = "left"
    lines: Annotated[int, Meta(ge=1, le=100)] = 1
    shrink: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.7
    line_height: Share = 1.32
    tracking: Annotated[float, Meta(ge=-0.2, le=1.0)] = 0.0

    def all_runs(self) -> list[Run]:
        return self.runs or [Run(text=self.text, weight=self.weight)]


class RuleBox(_Box, tag="rule", frozen=True, kw_only=True):
    """A line across; with `dash`, a tear line of dashes that long."""

    thickness: Annotated[int, Meta(ge=2, le=100)] = 4
    dash: Dots = 0


class LeaderBox(_Box, tag="leader", frozen=True, kw_only=True):
    """Dots that lead the eye from a name to its amount; the measures of the text beside it."""

    size: Size = 24
    line_height: Share = 1.5


class PictureBox(_Box, tag="picture", frozen=True, kw_only=True):
    """A black and white picture file that lies beside the design."""

    file: str
    align: Align = "left"


class QrBox(_Box, tag="qr", frozen=True, kw_only=True):
    """A QR code, level M, with its quiet zone of four modules.

    Attributes:
        module: dots a module; goes down to 4 where the code would not fit.
    """

    text: str
    module: Annotated[int, Meta(ge=4, le=20)] = 6
    align: Align = "left"


class Column(_Strict, frozen=True, kw_only=True):
    """One column of a row.

    Attributes:
        width: dots, `fit` for what its content needs, `fill` for a share of what is left.
        least: dots that `fit` columns leave to a `fill` column at least.
    """

    width: Dots | Literal["fit", "fill"] = "fill"
    least: Dots = 0
    box: list[AnyBox] = []
    stand: Stand | None = None


class RowBox(_Box, tag="row", frozen=True, kw_only=True):
    """Columns side by side; `stand` says where lower ones stand beside higher ones."""

    columns: list[Column]
    column_gap: Dots = 14
    stand: Stand = "middle"


class Cell(_Strict, frozen=True, kw_only=True):
    """A small label over one large word. A cell without a value falls away."""

    label: str
    text: str
    inverted: bool = False


class CellsBox(_Box, tag="cells", frozen=True, kw_only=True):
    """A frame of cells of one width: level, row, seat."""

    cells: list[Cell]
    border: Dots = 4
    label_size: Size = 22
    size: Size = 92


class PanelBox(_Box, tag="panel", frozen=True, kw_only=True):
    """A group of boxes, framed or white on black."""

    box: list[AnyBox]
    inverted: bool = False
    border: Dots = 0
    padding_x: Dots = 0
    padding_y: Dots = 0


class RowsBox(_Box, tag="rows", frozen=True, kw_only=True):
    """Its boxes once for each row of the field `of`; templates see the row's fields first."""

    of: str
    box: list[AnyBox]


AnyBox = TextBox | RuleBox | LeaderBox | PictureBox | QrBox | RowBox | CellsBox | PanelBox | RowsBox


class Field(_Strict, frozen=True, kw_only=True):
    """One value of a paper.

    Attributes:
        help: what it is, for people who fill it.
        sample: shown in previews, and what tests print.
        required: printing without it is refused.
        rows: names of the fields in a row; the value is then a list of rows.
    """

    help: str
    sample: str | list[dict[str, str]] = ""
    required: bool = False
    rows: list[str] = []


class Design(_Strict, frozen=True, kw_only=True):
    """A whole paper.

    Attributes:
        family: designs of one family show the same values on papers of other widths.
        width_dots: how wide it is set.
        fields_of: take the fields of this design, so that they are written once.
    """

    summary: str
    family: str
    width_dots: Annotated[int, Meta(ge=64, le=4096)]
    box: list[AnyBox]
    fields: dict[str, Field] = {}
    fields_of: str = ""


def _folder() -> Traversable:
    return importlib.resources.files("venue_templates") / "papers"


@lru_cache(maxsize=1)
def design_names() -> tuple[str, ...]:
    """The designs that are there, by name."""
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in _folder().iterdir()
            if entry.name.endswith(".toml")
        )
    )


@lru_cache(maxsize=32)
def load_design(name: str) -> Design:
    """A bundled design.

    Raises:
        DesignUnknown: no such file.
        DesignInvalid: its content breaks the format.
    """
    if name not in design_names():
        raise DesignUnknown(design=name[:80], known=", ".join(design_names()))
    return parse_design(name, (_folder() / f"{name}.toml").read_text(encoding="utf-8"))


def design_for(name: str, paper_width_dots: int) -> Design:
    """The widest design of the named one's family that fits the paper, itself if it does.

    Raises:
        DesignUnknown, DesignInvalid: see `load_design`.
        PaperTooNarrow: none fits.
    """
    wanted = load_design(name)
    if wanted.width_dots <= paper_width_dots:
        return wanted
    relatives = [load_design(other) for other in design_names()]
    fitting = [
        design
        for design in relatives
        if design.family == wanted.family and design.width_dots <= paper_width_dots
    ]
    if not fitting:
        raise PaperTooNarrow(design=name, paper_width_dots=paper_width_dots)
    return max(fitting, key=lambda design: design.width_dots)


@lru_cache(maxsize=32)
def picture_bytes(file: str) -> bytes:
    """The content of a picture beside the designs.

    Raises:
        FileNotFoundError: it is not there, or the name is not a plain file name.
    """
    if not re.fullmatch(r"[a-z0-9-]+\.png", file):
        raise FileNotFoundError(file)
    return (_folder() / file).read_bytes()


def parse_design(name: str, source: str) -> Design:
    """Read and check a design.

    Args:
        name: for messages.
        source: TOML text.

    Raises:
        DesignInvalid: wrong TOML, unknown or missing keys, a field that is not declared,
            a picture that is not there, a box too wide.
    """
    try:
        design = msgspec.convert(tomllib.loads(source), Design)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DesignInvalid(design=name, reason=str(error)) from error
    if design.fields_of:
        shared = load_design(design.fields_of).fields
        design = msgspec.structs.replace(design, fields={**shared, **design.fields})
    for fault in _faults(design):
        raise DesignInvalid(design=name, reason=fault)
    return design


def _faults(design: Design) -> Iterator[str]:
    if design.width_dots % 8:
        yield f"width_dots {design.width_dots} is not a multiple of 8"
    yield from _faults_in(design.box, design, frozenset(design.fields))


def _faults_in(boxes: list[AnyBox], design: Design, known: frozenset[str]) -> Iterator[str]:
    for box in boxes:
        yield from _naming_faults(box, known)
        if box.x < 0 or box.width < 0 or box.x + box.width > design.width_dots:
            yield f"a {_kind(box)} box is wider than the paper"
        if isinstance(box, RowsBox):
            field = design.fields.get(box.of)
            if field is None or not field.rows:
                yield f"{box.of} is not declared as a field of rows"
            else:
                yield from _faults_in(box.box, design, known | set(field.rows))
        elif isinstance(box, PanelBox):
            yield from _faults_in(box.box, design, known)
        elif isinstance(box, RowBox):
            for column in box.columns:
                yield from _faults_in(column.box, design, known)


def _naming_faults(box: AnyBox, known: frozenset[str]) -> Iterator[str]:
    names = {name for name in (box.when, box.unless) if name}
    for text in _templates(box):
        try:
            names |= parse_template(text).names
        except ValueError as error:
            yield str(error)
    for name in sorted(names - known):
        yield f"the field {name} is not declared"
    if isinstance(box, PictureBox):
        try:
            picture_bytes(box.file)
        except FileNotFoundError:
            yield f"the picture {box.file} is not there"


def _templates(box: AnyBox) -> list[str]:
    if isinstance(box, TextBox):
        return [run.text for run in box.all_runs()]
    if isinstance(box, QrBox):
        return [box.text]
    if isinstance(box, CellsBox):
        return [text for cell in box.cells for text in (cell.label, cell.text)]
    return []


def _kind(box: AnyBox) -> str:
    return type(box).__name__.removesuffix("Box").lower()
