"""The one layout engine of all papers: tickets, receipts, slips.

A design (`venue_templates/papers/*.toml`) says what stands where; values fill it; the result is a
raster that any printer prints, Chinese included.
"""

from __future__ import annotations

from collections.abc import Mapping

from venue_suite.paper.design import Design, design_for, design_names, load_design
from venue_suite.paper.items import Sheet
from venue_suite.paper.layout import lay_out
from venue_suite.paper.raster import draw_sheet, raster_to_png
from venue_suite.paper.values import read_values
from venue_suite.ports import Raster

__all__ = [
    "Design",
    "Sheet",
    "design_names",
    "lay_out_sheet",
    "load_design",
    "raster_to_png",
    "render_sheet",
    "sample_values",
]


def render_sheet(design: str, values: Mapping[str, object], paper_width_dots: int) -> Raster:
    """Draw one piece of paper.

    Args:
        design: for example `ticket-80mm`; on narrower paper the family's narrower design is taken.
        values: field name -> final text, or a list of rows; `venue_templates/papers/README.md`
            lists the fields of each design. What a design does not know is ignored.
        paper_width_dots: of the printer: 576 for 80 mm, 384 for 58 mm.

    Returns:
        A raster as wide as the paper, rounded down to a multiple of 8.

    Raises:
        DesignUnknown, DesignInvalid: there is no such design, or its file is faulty.
        PaperTooNarrow: no design of the family fits the paper.
        PaperValueMissing, PaperValueInvalid: the values do not suit the design.
        TypefaceMissing, TypefaceUnusable: no Chinese typeface.
    """
    return draw_sheet(lay_out_sheet(design, values, paper_width_dots), paper_width_dots)


def lay_out_sheet(design: str, values: Mapping[str, object], paper_width_dots: int) -> Sheet:
    """Place everything without drawing it. Arguments and errors as for `render_sheet`."""
    chosen = design_for(design, paper_width_dots)
    return lay_out(design, chosen, read_values(design, chosen, values))


def sample_values(design: str) -> dict[str, object]:
    """The values that the design's own file gives for previews."""
    return {name: field.sample for name, field in load_design(design).fields.items()}
