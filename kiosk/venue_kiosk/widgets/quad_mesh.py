"""Many little pictures of one atlas, drawn by one call and changed one by one."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

from kivy.graphics import Mesh

from venue_kiosk.widgets.seat_plan_atlas import Sprite

FLOATS_PER_QUAD = 16
QUADS_PER_MESH = 16_000  # a mesh counts its corners in 16 bits

Placed = tuple[Sprite, float, float]  # a sprite and its centre in pixels from the lower left


class QuadMesh:
    """Slots of a fixed number of quads each, in drawing order.

    One mesh; several only for more than 16,000 quads.

    Args:
        texture: of the atlas.
        slots: how many things are drawn.
        per_slot: how many sprites each may have.
    """

    def __init__(self, texture: Any, slots: int, per_slot: int = 1) -> None:
        self._floats_per_slot = per_slot * FLOATS_PER_QUAD
        self._slots_per_mesh = max(1, QUADS_PER_MESH // per_slot)
        self._corners: list[array[float]] = []
        self._changed: set[int] = set()
        self.meshes: list[Any] = []
        for first in range(0, slots, self._slots_per_mesh):
            count = min(self._slots_per_mesh, slots - first)
            corners = array("f", bytes(4 * self._floats_per_slot * count))
            mesh = Mesh(mode="triangles", texture=texture)
            mesh.vertices, mesh.indices = corners, _two_triangles(count * per_slot)
            self._corners.append(corners)
            self.meshes.append(mesh)

    def put(self, slot: int, placed: Iterable[Placed]) -> None:
        """Fill a slot; what it had before is gone. Call `show` after the last change."""
        index, place = divmod(slot, self._slots_per_mesh)
        start = place * self._floats_per_slot
        floats = array("f")
        for sprite, x, y in placed:
            left, bottom = round(x - sprite.width_px / 2), round(y - sprite.height_px / 2)
            right, top = left + sprite.width_px, bottom + sprite.height_px
            floats.extend((left, bottom, sprite.left, sprite.bottom))
            floats.extend((right, bottom, sprite.right, sprite.bottom))
            floats.extend((right, top, sprite.right, sprite.top))
            floats.extend((left, top, sprite.left, sprite.top))
        floats.extend([0.0] * (self._floats_per_slot - len(floats)))
        self._corners[index][start : start + self._floats_per_slot] = floats
        self._changed.add(index)

    def show(self) -> None:
        """Send what was changed to the graphics card."""
        for index in self._changed:
            self.meshes[index].vertices = self._corners[index]
        self._changed.clear()

    def add_to(self, canvas: Any) -> None:
        """Draw it after what is on the canvas (or group) already."""
        for mesh in self.meshes:
            canvas.add(mesh)


def _two_triangles(quads: int) -> array[int]:
    indices = array("H")
    for first in range(0, 4 * quads, 4):
        indices.extend((first, first + 1, first + 2, first + 2, first + 3, first))
    return indices
