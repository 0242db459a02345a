"""Write the generated parts of docs/, or with `--check` say which are out of date.

A part stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->`; what lies around it is
written by hand and stays.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.tidy.doc_blocks.facts import render_facts
from tests.tidy.doc_blocks.hooks import render_hooks, render_nouns
from tests.tidy.doc_blocks.refusals import render_refusals
from tests.tidy.doc_blocks.rights import render_rights
from tests.tidy.doc_blocks.routes import render_routes
from tests.tidy.doc_blocks.settings import render_settings
from tests.tidy.tree import HOOK_SPECS, ROOT

DOCS = ROOT / "docs"
PROGRAMS = ("venue", "kiosk", "terminal")

# File -> name of the part -> what writes it.
PARTS: dict[Path, dict[str, Callable[[], str]]] = {
    DOCS / "error-codes.md": {"refusals": render_refusals},
    DOCS / "hooks.md": {
        f"{program} {part}": partial(render, specs)
        for program, specs in zip(PROGRAMS, HOOK_SPECS, strict=True)
        for part, render in (("hooks", render_hooks), ("nouns", render_nouns))
    },
    DOCS / "facts.md": {"facts": render_facts},
    DOCS / "settings.md": {"settings": render_settings},
    DOCS / "rights.md": {"rights": render_rights},
    DOCS / "routes.md": {"routes": render_routes},
}


class PartMissing(Exception):
    """A document lacks the markers of one of its parts."""


def renew(text: str, parts: dict[str, Callable[[], str]]) -> str:
    """The document with its parts written anew."""
    for name, render in parts.items():
        begin, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
        before, found_begin, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not found_begin or not found_end:
            raise PartMissing(f"there is no part between {begin} and {end}")
        text = f"{before}{begin}\n{render()}\n{end}{after}"
    return text


def stale_documents() -> list[Path]:
    """The documents whose generated parts differ from the code."""
    return [
        file
        for file, parts in PARTS.items()
        if (text := file.read_text("utf-8")) != renew(text, parts)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the generated parts of docs/ anew.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if out of date")
    if parser.parse_args().check:
        stale = stale_documents()
        for file in stale:
            print(f"{file.relative_to(ROOT)} is out of date: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for file, parts in PARTS.items():
        file.write_text(renew(file.read_text("utf-8"), parts), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
