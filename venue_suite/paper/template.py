"""Text templates of designs: `票号 {ticket_number}[ · {sold_line}]`.

`{name}` is the value of a field. A part in square brackets falls away when one of its fields is
empty. Doubled `{{ }} [[ ]]` stand for the character itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{([a-z][a-z0-9_]*)\}|[\[\]{}]|[^\[\]{}]+")


@dataclass(frozen=True, slots=True)
class Part:
    """A literal (`text`) or a field (`name`); `group` numbers the bracket it stands in, from 1."""

    text: str
    name: str
    group: int


@dataclass(frozen=True, slots=True)
class Template:
    parts: tuple[Part, ...]

    @property
    def names(self) -> frozenset[str]:
        """The fields that are named anywhere in it."""
        return frozenset(part.name for part in self.parts if part.name)

    def fill(self, value: Callable[[str], str]) -> str:
        """The text with `value(name)` in each field's place; empty if it has fields and all are."""
        found = {name: value(name) for name in self.names}
        if found and not any(found.values()):
            return ""
        fallen = {part.group for part in self.parts if part.group and not found.get(part.name, "x")}
        return "".join(
            found[part.name] if part.name else part.text
            for part in self.parts
            if part.group not in fallen
        )


@lru_cache(maxsize=1024)
def parse_template(text: str) -> Template:
    """Read a template.

    Raises:
        ValueError: brackets that don't close, stand inside each other, or a bad field name.
    """
    parts: list[Part] = []
    group = groups = 0
    for match in _TOKEN.finditer(text):
        found, name = match.group(0), match.group(1) or ""
        if name:
            parts.append(Part("", name, group))
        elif found == "[" and not group:
            groups += 1
            group = groups
        elif found == "]" and group:
            group = 0
        elif found in ("[", "]", "{", "}"):
            raise ValueError(f"a lone {found} in {text!r}")
        else:
            # A doubled bracket is the only other match that starts with one.
            parts.append(Part(found[0] if found[0] in "{}[]" else found, "", group))
    if group:
        raise ValueError(f"a [ is not closed in {text!r}")
    return Template(tuple(parts))
