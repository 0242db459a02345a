"""The kiosk's fonts, registered with Kivy under short names.

Chinese labels are set in Noto Sans SC as a whole, English ones in Roboto, figures in Roboto always:
a Kivy label has one font and there is no fallback between fonts.
"""

from __future__ import annotations

from functools import cache

from kivy.core.text import LabelBase

from venue_kiosk.lines import is_wide
from venue_suite.typefaces import Family, typeface_path

SANS = "VenueSans"
LATIN = "VenueLatin"
SERIF = "VenueSerif"

_FAMILIES: dict[str, Family] = {SANS: "sans", LATIN: "latin", SERIF: "serif"}


@cache
def register_typefaces() -> None:
    """Tell Kivy about the fonts. Once; costs some milliseconds a font."""
    for name, family in _FAMILIES.items():
        LabelBase.register(
            name,
            str(typeface_path(family, "regular", standalone=True)),
            fn_bold=str(typeface_path(family, "bold", standalone=True)),
        )


def choose_face(text: str, language: str, latin: bool) -> str:
    """The face for a whole label: Roboto for figures and for English, Noto for the rest."""
    if any(is_wide(char) for char in text):
        return SANS
    return LATIN if latin or language != "zh" else SANS
