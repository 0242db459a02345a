"""Finds sentences in the source that people read and that have no translation.

Looks for, with a literal sentence:
    say("..."), say_count("...", "..."), _("..."), N_("..."), gettext("...")
    default_template = "..."            a refusal's sentence
    raise SomeRefusal("...")            a refusal with a sentence of its own
    Objection(..., template="...")      any call with a `template` or a `reason`
"""

from __future__ import annotations

import ast
import builtins
import string
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

_CALLS = frozenset({"say", "say_count", "_", "N_", "gettext"})
_KEYWORDS = frozenset({"template", "reason"})


def check_catalogue(package_dir: Path, language: str = "zh") -> list[str]:
    """What is missing or wrong in the translations of a package.

    Args:
        package_dir: the folder of its Python files; the catalogue is `locale/<language>.po` in it.
        language: which translation.

    Returns:
        One line a fault: a sentence without a translation, a translation whose `{places}` differ
        from the sentence's, a translation marked fuzzy. Empty if all is well.
    """
    catalogue = _catalogue(package_dir / "locale" / f"{language}.po", language)
    faults: list[str] = []
    for msgid, where in sorted(find_msgids(package_dir).items()):
        message = catalogue.get(msgid)
        if message is None or not message.string:
            faults.append(f"{where}: not translated: {msgid!r}")
    for message in catalogue:
        if not message.id:
            continue
        if message.fuzzy:
            faults.append(f"fuzzy: {message.id!r}")
        faults.extend(_place_faults(message.id, message.string))
    return faults


def find_msgids(package_dir: Path) -> dict[str, str]:
    """Sentence -> `file:line` where it is first used, over all Python files of a package.

    A folder inside it that has a catalogue of its own looks after its sentences itself.
    """
    found: dict[str, str] = {}
    elsewhere = [one.parent for one in package_dir.glob("*/**/locale") if one.is_dir()]
    for file in sorted(package_dir.rglob("*.py")):
        if any(file.is_relative_to(folder) for folder in elsewhere):
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
        for msgid, line in _sentences(tree):
            found.setdefault(msgid, f"{file.relative_to(package_dir)}:{line}")
    return found


def _sentences(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _in_call(node)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            # Python's own exceptions speak to developers.
            if node.exc.args and not hasattr(builtins, _name(node.exc)):
                yield from _literals(node.exc.args[0])
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id == "default_template" for t in targets):
                yield from _literals(node.value)


def _in_call(call: ast.Call) -> Iterator[tuple[str, int]]:
    name = _name(call)
    if name in _CALLS and call.args:
        # The second form of a counted sentence is found under the first.
        yield from _literals(call.args[0])
    for keyword in call.keywords:
        if keyword.arg in _KEYWORDS:
            yield from _literals(keyword.value)


def _name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _literals(node: ast.expr) -> Iterator[tuple[str, int]]:
    """The sentences that an argument can be: a literal, or either side of a choice."""
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value, node.lineno


def _catalogue(file: Path, language: str) -> Catalog:
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as handle:
        return read_po(handle, locale=language)


def _place_faults(msgid: object, translation: object) -> Iterator[str]:
    ids = _forms(msgid)
    known = set[str]().union(*(_places(text) for text in ids))
    for text in _forms(translation):
        # A counted sentence may leave its number out ("one ticket"), but no form invents a place.
        wrong = _places(text) - known if len(ids) > 1 else _places(text) ^ known
        if text and wrong:
            yield f"places differ ({', '.join(sorted(wrong))}): {ids[0]!r}"


def _forms(text: object) -> list[str]:
    """A sentence, or all forms of a counted one."""
    if isinstance(text, str):
        return [text]
    return [str(form) for form in text] if isinstance(text, list | tuple) else []


def _places(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:
        return {"unbalanced braces"}
