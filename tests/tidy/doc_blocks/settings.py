"""The settings reference, read from the typed sections of `venue_suite.config`."""

from __future__ import annotations

import re
from typing import Any, get_args, get_origin

import msgspec

from venue_suite import config

_ENVIRONMENT = config.ENVIRONMENT_PREFIX


def render_settings() -> str:
    """All sections for docs/settings.md, top-level keys first."""
    parts = [_render_section("", config.Config)]
    for field in msgspec.structs.fields(config.Config):
        if _is_section(field.type):
            parts.append(_render_section(field.name, field.type))
        elif get_origin(field.type) is dict and _is_section(get_args(field.type)[-1]):
            parts.append(_render_section(f"{field.name}.<name>", get_args(field.type)[-1]))
    return "\n\n".join(parts)


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _render_section(name: str, section: type[msgspec.Struct]) -> str:
    summary, meanings = _read_docstring(section.__doc__ or "")
    rows = [
        f"| `{field.name}` | {_type_text(field.type)} | {_default_text(field)} | "
        f"`{_variable(name, field.name)}` | {meanings.get(field.name, '')} |"
        for field in msgspec.structs.fields(section)
        # Free keys of somebody else, and sections of their own, have no row here.
        if not _is_section(field.type) and get_origin(field.type) is not dict
    ]
    title = f"## `[{name}]`" if name else "## Top of the file"
    head = ["| key | type | default | environment | meaning |", "|---|---|---|---|---|"]
    return "\n".join([title, "", *([summary, ""] if summary else []), *head, *rows])


def _read_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Take the summary and the meanings of the fields: an `Attributes:` list, or `name`: text."""
    body, _, listed = text.partition("Attributes:")
    body = " ".join(body.split())
    meanings: dict[str, str] = {}
    for names, meaning in re.findall(r"^\s+([a-z_, ]+): (.*(?:\n {12}.*)*)", listed, re.M):
        meanings |= {name.strip(): " ".join(meaning.split()) for name in names.split(",")}
    inline = list(re.finditer(r"`(\w+)`: (.*?)(?= `\w+`: |$)", body))
    meanings |= {found[1]: found[2] for found in inline}
    return (body[: inline[0].start()].strip() if inline else body), meanings


def _variable(section: str, key: str) -> str:
    parts = [part for part in (*section.split("."), key) if part]
    return _ENVIRONMENT + "__".join(
        part.upper() if not part.startswith("<") else part for part in parts
    )


def _type_text(kind: Any) -> str:
    words = {str: "text", int: "whole number", float: "number", bool: "true, false"}
    if kind in words:
        return words[kind]
    return {list: "list", dict: "section"}.get(get_origin(kind), str(kind))


def _default_text(field: msgspec.structs.FieldInfo) -> str:
    if field.default is not msgspec.NODEFAULT:
        value = field.default
    elif field.default_factory is not msgspec.NODEFAULT:
        value = field.default_factory()
    else:
        return "must be given"
    if value in ("", [], {}):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
