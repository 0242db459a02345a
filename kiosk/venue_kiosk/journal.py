"""A small journal on the kiosk's own disk: what was begun, so that a power cut loses nothing.

One JSON object a line. Each line is on the disk (fsync) before `append` returns. A line that was
cut short by the power is ignored.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Journal:
    """The journal of one kiosk.

    Args:
        path: the file; its folder is made.

    Raises:
        OSError: the folder or file can't be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.entries = _read(path)
        if path.is_file() and not path.read_bytes().endswith(b"\n"):
            self._write("\n")

    def append(self, entry: Entry) -> None:
        """Add an entry; it is on the disk when this returns."""
        self.entries.append(entry)
        self._write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")

    def replace(self, entries: list[Entry]) -> None:
        """Keep only these entries: what is settled is forgotten. Atomic."""
        part = self._path.with_suffix(".part")
        lines = (json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        with part.open("w", encoding="utf-8") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        self.entries = list(entries)

    def _write(self, text: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def _read(path: Path) -> list[Entry]:
    if not path.is_file():
        return []
    entries = []
    for line in path.read_text("utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # cut short by the power
        if isinstance(entry, dict):
            entries.append(entry)
    return entries
