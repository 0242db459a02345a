"""What is declared about permissions; that routes keep to it is tried in tests/interface."""

from __future__ import annotations

from tests.tidy.doc_blocks.rights import declared_permissions
from venue_suite.identity.permissions import MANAGER, ROLES, permissions_of
from venue_suite.plugin_manager import PluginManager
from venue_suite.server.parts import PARTS


def test_every_declared_permission_is_somebodys_and_known() -> None:
    plugins = PluginManager()
    plugins.load_entry_points()
    owners = {*plugins.routes(), *(part.name for part in PARTS)}
    for permission in declared_permissions():
        assert set(permission.roles) <= set(ROLES) - {MANAGER}, permission
        assert permission.name.split(".")[0] in owners, permission
        assert permission.summary, permission


def test_no_permission_is_declared_twice() -> None:
    names = [permission.name for permission in declared_permissions()]
    assert len(names) == len(set(names))


def test_kiosks_and_gates_take_no_cash_and_read_no_books() -> None:
    """The roles that stand in public, written out, so that a slip in a declaration is seen."""
    declared = declared_permissions()
    assert permissions_of("kiosk", declared) == {"sales.view", "sales.sell"}
    assert permissions_of("gate", declared) == {"admission.view", "admission.scan"}
