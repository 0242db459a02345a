"""Every kind of fact that is told is declared, so that somebody thought about who may hear it."""

from __future__ import annotations

from tests.tidy.doc_blocks.facts import declared_facts, told_kinds
from tests.tidy.tree import ROOT, entry_points, shown
from venue_suite.feed_rights import FeedRights
from venue_suite.plugin_manager import PluginManager
from venue_suite.server.parts import PARTS


def test_kinds_that_are_told_were_found() -> None:
    kinds = {kind for _, _, kind in told_kinds()}
    assert {"sales.order_paid", "sales.seats_changed", "station.called_staff"} <= kinds


def test_every_kind_that_is_told_belongs_to_a_permission() -> None:
    plugins = PluginManager()
    plugins.load_entry_points()
    assert set(entry_points("venue_suite.plugins")) == {one.name for one in plugins.statuses}
    permissions = [*plugins.permissions(), *(one for part in PARTS for one in part.permissions)]
    kinds = [kind for some in declared_facts().values() for kind in some]
    rights = FeedRights(kinds, {permission.name for permission in permissions})
    assert [
        f"{shown(file)}:{line} {kind}"
        for file, line, kind in told_kinds()
        if rights.need(kind)[0] == "*"
    ] == []


def test_every_permission_that_opens_a_kind_is_declared() -> None:
    plugins = PluginManager()
    plugins.load_entry_points()
    declared = {one.name for one in plugins.permissions()}
    declared |= {one.name for part in PARTS for one in part.permissions}
    named = {
        permission
        for some in declared_facts().values()
        for kind in some
        for permission in (kind.permission, kind.own_permission)
    }
    assert sorted(named - declared - {""}) == []


def test_every_declared_kind_is_in_the_documents() -> None:
    text = (ROOT / "docs" / "facts.md").read_text("utf-8")
    kinds = [kind.name for some in declared_facts().values() for kind in some]
    assert [name for name in kinds if f"| `{name}" not in text] == []
