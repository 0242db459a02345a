"""Every sentence that people read exists in Chinese."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.tidy.tree import PACKAGES, bundled_plugins, shown
from venue_suite.texts import check_catalogue

ROOTS = (
    *(PACKAGES[name] for name in ("venue_suite", "venue_kiosk", "venue_terminal", "venue_devices")),
    *bundled_plugins(),
)
# A part that another program loads (a plugin's kiosk screens) may have a catalogue of its own.
SPEAKING = sorted({*ROOTS, *(file.parent for root in ROOTS for file in root.rglob("locale"))})


@pytest.mark.parametrize("package", SPEAKING, ids=shown)
def test_every_sentence_is_translated(package: Path) -> None:
    apart = tuple(
        f"{other.relative_to(package)}/"
        for other in SPEAKING
        if other != package and other.is_relative_to(package)
    )
    assert [fault for fault in check_catalogue(package) if not fault.startswith(apart)] == []


@pytest.mark.parametrize("package", SPEAKING, ids=shown)
def test_translations_are_in_chinese(package: Path) -> None:
    """An English sentence that was copied as its own translation is none."""
    with (package / "locale" / "zh.po").open("rb") as file:
        messages = [message for message in read_po(file, locale="zh") if message.id]
    assert messages != []
    assert [
        message.id
        for message in messages
        if _is_sentence(str(message.id)) and not _has_chinese(str(message.string))
    ] == []


def _is_sentence(text: str) -> bool:
    words = re.sub(r"\{[^}]*\}", "", text)
    return len(re.findall(r"[A-Za-z]{3,}", words)) >= 2


def _has_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
