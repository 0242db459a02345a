"""Every sentence of the drivers exists in Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest
import venue_devices
from venue_devices import reasons

from venue_suite.texts import Texts, check_catalogue

SENTENCES = sorted(
    value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)
)


def test_catalogue_is_complete() -> None:
    assert check_catalogue(Path(venue_devices.__file__).parent) == []


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_reason_has_a_translation(sentence: str) -> None:
    texts = Texts.load("venue_devices")
    assert texts.say(sentence, "zh") != sentence
    assert texts.say(sentence, "en") == sentence
