"""Many little pictures of one atlas, drawn by one call and changed one by one."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

from kivy.graphics import Mesh

from venue_kiosk.widgets.seat_plan_atlas import Sprite

FLOATS_PER_QUAD = 16
QUADS_MAX = 16_000  # a mesh counts its corners in 16 bits

Placed = tuple[Sprite, float, float]  # a sprite and its centre in pixels from the lower left


class QuadMesh:
    """Slots of a fixed number of quads each, in drawing order.

    Args:
        texture: of the atlas.
        slots: how many things are drawn.
        per_slot: how many sprites each may have.

    Raises:
        ValueError: more quads than one mesh can hold.
    """

    def __init__(self, texture: Any, slots: int, per_slot: int = 1) -> None:
        quads = slots * per_slot
        if quads > QUADS_MAX:
            raise ValueError(f"{quads} quads do not fit one mesh")
        self._per_slot = per_slot
        self._corners = array("f", bytes(4 * FLOATS_PER_QUAD * quads))
        indices = array("H")
        for quad in range(quads):
            first = 4 * quad
            indices.extend((first, first + 1, first + 2, first + 2, first + 3, first))
        self.mesh = Mesh(mode="triangles", texture=texture)
        self.mesh.vertices = self._corners
        self.mesh.indices = indices

    def put(self, slot: int, placed: Iterable[Placed]) -> None:
        """Fill a slot; what it had before is gone. Call `show` after the last change."""
        start = slot * self._per_slot * FLOATS_PER_QUAD
        end = start + self._per_slot * FLOATS_PER_QUAD
        floats = array("f")
        for sprite, x, y in placed:
            left, bottom = round(x - sprite.width_px / 2), round(y - sprite.height_px / 2)
            right, top = left + sprite.width_px, bottom + sprite.height_px
            floats.extend((left, bottom, sprite.left, sprite.bottom))
            floats.extend((right, bottom, sprite.right, sprite.bottom))
            floats.extend((right, top, sprite.right, sprite.top))
            floats.extend((left, top, sprite.left, sprite.top))
        floats.extend([0.0] * (end - start - len(floats)))
        self._corners[start:end] = floats

    def show(self) -> None:
        """Send the corners to the graphics card."""
        self.mesh.vertices = self._corners
