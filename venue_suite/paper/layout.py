"""Places the boxes of a design: values in, a `Sheet` of things with their places out.

Two steps a box: it is prepared (fitted into a width, so that its height is known), then emitted at
its place, for a column can only be centred once the height of its row is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from venue_suite.paper import items
from venue_suite.paper.design import (
    AnyBox,
    Cell,
    CellsBox,
    Column,
    Design,
    PanelBox,
    PictureBox,
    QrBox,
    RowBox,
    RowsBox,
    Stand,
    TextBox,
)
from venue_suite.paper.leaves import (
    Node,
    Scope,
    TextNode,
    picture_size,
    prepare_leaf,
    prepare_text,
    qr_width,
    text_width,
)
from venue_suite.paper.values import Values

_CELL_PADDING = (6, 10)  # above and below the words of a cell
_CELL_MARGIN = 8  # left and right of them
_CELL_SHRINK = 0.3  # a long seat name may become small, but stays on one line
_LABEL_SHRINK = 0.6


def lay_out(name: str, design: Design, values: Values) -> items.Sheet:
    """Place everything that a paper shows.

    Raises:
        PaperValueInvalid: a code that does not fit.
    """
    scope = Scope(name, values)
    stack = _prepare_stack(design.box, design.width_dots, scope)
    out: list[items.Item] = []
    stack.emit(0, 0, True, out)
    return items.Sheet(design.width_dots, stack.height, tuple(out), tuple(scope.cut_texts))


def _prepare(box: AnyBox, width: int, scope: Scope) -> Node | None:
    """Fit one box; None if it has nothing to show."""
    if isinstance(box, RowBox):
        return _prepare_row(box, width, scope)
    if isinstance(box, CellsBox):
        return _prepare_cells(box, width, scope)
    if isinstance(box, RowsBox):
        return _prepare_rows(box, width, scope)
    if isinstance(box, PanelBox):
        inner = width - 2 * (box.border + box.padding_x)
        return PanelNode(box, _prepare_stack(box.box, inner, scope), width)
    return prepare_leaf(box, width, scope)


# --- stacks ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StackNode:
    """Boxes below each other: (x, y, node), y from the top of the stack."""

    places: tuple[tuple[int, int, Node], ...]
    height: int

    def emit(self, x: int, y: int, is_ink: bool, out: list[items.Item]) -> None:
        for left, top, node in self.places:
            node.emit(x + left, y + top, is_ink, out)


def _prepare_stack(boxes: Sequence[AnyBox], width: int, scope: Scope) -> StackNode:
    places: list[tuple[int, int, Node]] = []
    flow = height = 0
    for box in boxes:
        if not _is_wanted(box, scope):
            continue
        node = _prepare(box, min(box.width or width, width - box.x), scope)
        if node is None:
            continue
        top = flow + box.gap if box.y is None else box.y
        places.append((box.x, top, node))
        height = max(height, top + node.height)
        if box.y is None:
            flow = top + node.height
    return StackNode(tuple(places), height)


def _is_wanted(box: AnyBox, scope: Scope) -> bool:
    if box.when and not scope.values.has(box.when):
        return False
    return not (box.unless and scope.values.has(box.unless))


def _prepare_rows(box: RowsBox, width: int, scope: Scope) -> Node | None:
    stacks = [
        _prepare_stack(box.box, width, scope.with_row(row)) for row in scope.values.rows(box.of)
    ]
    places: list[tuple[int, int, Node]] = []
    height = 0
    for stack in stacks:
        places.append((0, height, stack))
        height += stack.height
    return StackNode(tuple(places), height) if places else None


# --- rows --------------------------------------------------------------------------------------


def _prepare_row(box: RowBox, width: int, scope: Scope) -> Node | None:
    columns = [column for column in box.columns if _has_content(column, scope)]
    if not columns:
        return None
    room = width - box.column_gap * (len(columns) - 1)
    stacks: list[tuple[int, StackNode, Stand]] = []
    left = 0
    for column, share in zip(columns, _share_room(columns, room, scope), strict=True):
        stack = _prepare_stack(column.box, share, scope)
        stacks.append((left, stack, column.stand or box.stand))
        left += share + box.column_gap
    height = max(stack.height for _, stack, _ in stacks)
    places: list[tuple[int, int, Node]] = []
    for left, stack, stand in stacks:
        top = {"top": 0, "middle": (height - stack.height) // 2, "bottom": height - stack.height}
        places.append((left, top[stand], stack))
    return StackNode(tuple(places), height) if height else None


def _has_content(column: Column, scope: Scope) -> bool:
    """A `fit` column that needs no room gives way to the others, and its gap too."""
    return column.width != "fit" or _natural_width(column.box, scope) > 0


def _share_room(columns: Sequence[Column], room: int, scope: Scope) -> list[int]:
    """The width of each column: numbers as they are, `fit` what they need, `fill` the rest.

    Where `fit` columns need too much, the widest texts among them give way; codes and pictures
    never do.
    """
    widths = [
        column.width if isinstance(column.width, int) else _natural_width(column.box, scope)
        for column in columns
    ]
    is_fill = [column.width == "fill" for column in columns]
    gives = [column.width == "fit" and not _is_rigid(column.box) for column in columns]
    least = sum(column.least for column in columns if column.width == "fill")
    firm = sum(w for w, f, g in zip(widths, is_fill, gives, strict=True) if not f and not g)
    cap = _common_cap([w for w, g in zip(widths, gives, strict=True) if g], room - firm - least)
    widths = [min(w, cap) if g else w for w, g in zip(widths, gives, strict=True)]
    left = room - sum(w for w, f in zip(widths, is_fill, strict=True) if not f)
    share = max(0, left) // max(1, sum(is_fill))
    return [share if f else w for w, f in zip(widths, is_fill, strict=True)]


def _common_cap(widths: list[int], room: int) -> int:
    """The largest cap under which the widths together take no more than `room`."""
    left = max(0, room)
    ordered = sorted(widths)
    for place, width in enumerate(ordered):
        share = left // (len(ordered) - place)
        if width > share:
            return share
        left -= width
    return ordered[-1] if ordered else 0


def _natural_width(boxes: Sequence[AnyBox], scope: Scope) -> int:
    """The dots that the widest of the boxes would like to have."""
    return max((_wish(box, scope) for box in boxes if _is_wanted(box, scope)), default=0)


def _wish(box: AnyBox, scope: Scope) -> int:
    if box.width:
        return box.x + box.width
    if isinstance(box, TextBox):
        return box.x + text_width(box, scope)
    if isinstance(box, QrBox):
        return box.x + qr_width(box, scope)
    if isinstance(box, PictureBox):
        return box.x + picture_size(box.file)[0]
    if isinstance(box, PanelBox):
        frame = 2 * (box.border + box.padding_x)
        return box.x + frame + _natural_width(box.box, scope)
    return 0


def _is_rigid(boxes: Sequence[AnyBox]) -> bool:
    return any(isinstance(box, QrBox | PictureBox) for box in boxes)


# --- panels and cells --------------------------------------------------------------------------


def _frame(area: items.Area, border: int, is_ink: bool) -> list[items.Item]:
    if not border:
        return []
    x, y, width, height = area.x, area.y, area.width, area.height
    return [
        items.Fill(items.Area(x, y, width, border), is_ink),
        items.Fill(items.Area(x, y + height - border, width, border), is_ink),
        items.Fill(items.Area(x, y, border, height), is_ink),
        items.Fill(items.Area(x + width - border, y, border, height), is_ink),
    ]


@dataclass(frozen=True, slots=True)
class PanelNode:
    box: PanelBox
    inner: StackNode
    width: int

    @property
    def height(self) -> int:
        return self.inner.height + 2 * (self.box.border + self.box.padding_y)

    def emit(self, x: int, y: int, is_ink: bool, out: list[items.Item]) -> None:
        area = items.Area(x, y, self.width, self.height)
        if self.box.inverted:
            out.append(items.Fill(area, is_ink))
            is_ink = not is_ink
        out.extend(_frame(area, self.box.border, is_ink))
        inset = self.box.border
        self.inner.emit(x + inset + self.box.padding_x, y + inset + self.box.padding_y, is_ink, out)


@dataclass(frozen=True, slots=True)
class CellsNode:
    box: CellsBox
    cells: tuple[tuple[Cell, TextNode | None, TextNode], ...]
    cell_width: int
    width: int

    @property
    def height(self) -> int:
        words = max((label.height if label else 0) + word.height for _, label, word in self.cells)
        return words + sum(_CELL_PADDING) + 2 * self.box.border

    def emit(self, x: int, y: int, is_ink: bool, out: list[items.Item]) -> None:
        border = self.box.border
        out.extend(_frame(items.Area(x, y, self.width, self.height), border, is_ink))
        left = x + border
        for place, (cell, label, word) in enumerate(self.cells):
            is_last = place == len(self.cells) - 1
            # The last cell takes the dots that the division left over.
            width = x + self.width - border - left if is_last else self.cell_width
            if cell.inverted:
                out.append(items.Fill(items.Area(left, y, width, self.height), is_ink))
            top = y + border + _CELL_PADDING[0]
            own_ink = is_ink != cell.inverted
            if label:
                label.emit(left, top, own_ink, out)
                top += label.height
            bottom = y + self.height - border - _CELL_PADDING[1]
            word.emit(left + _CELL_MARGIN, (top + bottom - word.height) // 2, own_ink, out)
            left += width
            if not is_last:
                out.append(items.Fill(items.Area(left, y, border, self.height), is_ink))
                left += border


def _prepare_cells(box: CellsBox, width: int, scope: Scope) -> Node | None:
    shown = [cell for cell in box.cells if scope.fill(cell.text)]
    if not shown:
        return None
    share = (width - box.border * (len(shown) + 1)) // len(shown)
    cells: list[tuple[Cell, TextNode | None, TextNode]] = []
    for cell in shown:
        label = prepare_text(
            TextBox(text=cell.label, size=box.label_size, align="center", shrink=_LABEL_SHRINK),
            share,
            scope,
        )
        word = prepare_text(
            TextBox(
                text=cell.text,
                size=box.size,
                weight="bold",
                align="center",
                line_height=1.0,
                shrink=_CELL_SHRINK,
            ),
            share - 2 * _CELL_MARGIN,
            scope,
        )
        if word:
            cells.append((cell, label, word))
    return CellsNode(box, tuple(cells), share, width)
