"""What all pages share: the running server, templates, assets, and the words."""

from __future__ import annotations

import hashlib
import importlib.resources
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from jinja2 import DictLoader, Environment, StrictUndefined

from venue_suite.context import Context
from venue_suite.identity.people import People
from venue_suite.resources.served import Resources
from venue_suite.texts import Texts

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file that pages load."""

    content: bytes
    content_type: str
    digest: str


@dataclass(frozen=True, slots=True)
class Site:
    """The back office of one running server.

    Attributes:
        is_enabled: whether the owner of a table is in service.
        templates: compiled; whatever they are given is escaped.
        assets: file name -> what is loaded by pages.
    """

    context: Context
    people: People
    resources: Resources
    is_enabled: Callable[[str], bool]
    texts: Texts
    templates: Environment
    assets: Mapping[str, Asset]

    @classmethod
    def load(
        cls,
        context: Context,
        people: People,
        resources: Resources,
        is_enabled: Callable[[str], bool],
    ) -> Site:
        """Read templates, assets and words. Blocking."""
        here = importlib.resources.files("venue_suite.web")
        assets = {}
        for file in (here / "static").iterdir():
            kind = _TYPES.get(file.name.rpartition(".")[2])
            if kind is not None:
                content = file.read_bytes()
                digest = hashlib.sha256(content).hexdigest()[:12]
                assets[file.name] = Asset(content, kind, digest)
        return cls(
            context,
            people,
            resources,
            is_enabled,
            Texts.load("venue_suite.web"),
            make_templates(here / "templates"),
            assets,
        )


def make_templates(folder: Traversable) -> Environment:
    """All templates of a folder, compiled. Everything is escaped, and an unknown name fails."""
    sources = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.is_file()}
    environment = Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in sources:
        environment.get_template(name)
    return environment
