"""What people read on screens, in their language.

The English sentence is the key. Its translation stands in `<package>/locale/<language>.po`, read
once at start; what has no translation is shown in English, never as an error.
"""

from __future__ import annotations

import gettext
import importlib.resources
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from babel.messages.pofile import PoFileError, read_po

from venue_suite.domain.errors import ConfigInvalid
from venue_suite.domain.localized import localized
from venue_suite.translations import check_catalogue

__all__ = ["N_", "Texts", "check_catalogue"]

SOURCE_LANGUAGE = "en"
_KERNEL = "venue_suite"  # refusals of the kernel are shown by every program


def N_(msgid: str) -> str:  # noqa: N802 - the name that gettext tools know
    """Mark a sentence for translation where it is written; it is translated where it is shown."""
    return msgid


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """The translations into one language; `plural` tells which form a count takes."""

    forms: Mapping[str, tuple[str, ...]]
    plural: Callable[[int], int]


class Texts:
    """The translations of some packages."""

    def __init__(self, catalogues: Mapping[str, list[_Catalogue]]) -> None:
        self._catalogues = catalogues

    @classmethod
    def load(cls, *packages: str) -> Texts:
        """Read the catalogues of packages, those of the kernel last.

        Where two packages translate the same sentence, the one named first wins.

        Args:
            packages: import names, for example `venue_kiosk`, `venue_plugins.sales`. A package
                without a `locale` folder has only English texts.

        Raises:
            ConfigInvalid: a catalogue file is damaged.
            ModuleNotFoundError: there is no such package.
        """
        catalogues: dict[str, list[_Catalogue]] = {}
        for package in dict.fromkeys([*packages, _KERNEL]):
            folder = importlib.resources.files(package) / "locale"
            if not folder.is_dir():
                continue
            for entry in folder.iterdir():
                if entry.name.endswith(".po"):
                    language = _tag(entry.name.removesuffix(".po"))
                    catalogues.setdefault(language, []).append(_read(entry, language))
        return cls(catalogues)

    @property
    def languages(self) -> list[str]:
        """The languages that there are texts in, English among them, sorted."""
        return sorted({SOURCE_LANGUAGE, *self._catalogues})

    def say(self, msgid: str, language: str, /, **params: object) -> str:
        """A sentence in a language.

        Args:
            msgid: the English sentence with `{name}` places.
            language: `zh`, `en`; `zh-CN` falls back on `zh`.
            params: what the places are filled with.
        """
        return self._fill(msgid, params, language)

    def say_refusal(self, template: str, params: Mapping[str, object], language: str) -> str:
        """A refusal or objection in a language.

        Args:
            template: the English sentence of a `VenueError`, a `Problem` or an `Objection`.
            params: its values; sentences among them that are translated are told in the language
                too, and names in several languages in the best one.
            language: as for `say`.
        """
        told = {name: self._told(value, language) for name, value in params.items()}
        return self._fill(template, told, language)

    def _told(self, value: object, language: str) -> object:
        if isinstance(value, str):
            return self._form(value, language) or value
        return localized(value, language) if isinstance(value, Mapping) else value

    def _form(self, msgid: str, language: str) -> str:
        for catalogue in self._found(language):
            if forms := catalogue.forms.get(msgid):
                return forms[0]
        return ""

    def _fill(self, msgid: str, params: Mapping[str, object], language: str) -> str:
        return _filled(self._form(msgid, language), params) or _filled(msgid, params) or msgid

    def say_count(
        self, singular: str, plural: str, count: int, language: str, /, **params: object
    ) -> str:
        """A sentence about a number of things; `{count}` is among its places.

        Args:
            singular: the English sentence for one thing, the key of the translation.
            plural: the English sentence for any other number.
            count: how many.
            language: as for `say`.
            params: further places.
        """
        params = {"count": count, **params}
        for catalogue in self._found(language):
            if forms := catalogue.forms.get(singular):
                form = forms[min(catalogue.plural(count), len(forms) - 1)]
                if text := _filled(form, params):
                    return text
        english = singular if count == 1 else plural
        return _filled(english, params) or english

    def _found(self, language: str) -> list[_Catalogue]:
        tag = _tag(language)
        while tag not in self._catalogues and "-" in tag:
            tag = tag.rpartition("-")[0]
        return self._catalogues.get(tag, [])


def _tag(language: str) -> str:
    return language.lower().replace("_", "-")


def _filled(template: str, params: Mapping[str, object]) -> str:
    """The sentence with its places filled; empty if they don't suit.

    A sentence may come from a server of another version, with other places than ours: a screen
    shows the plain sentence then, and goes on.
    """
    try:
        return template.format(**params)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError):
        return ""


def _read(file: Traversable, language: str) -> _Catalogue:
    try:
        with file.open("rb") as handle:
            catalog = read_po(handle, locale=None, abort_invalid=True)
        plural = gettext.c2py(catalog.plural_expr)
    except (PoFileError, ValueError) as error:
        raise ConfigInvalid(source=f"{file} ({language})", reason=str(error)) from error
    forms: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        if not message.id or message.fuzzy:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        strings = message.string
        texts = (strings,) if isinstance(strings, str) else tuple(strings or ())
        if texts and all(texts):
            forms[key] = texts
    return _Catalogue(forms, plural)
