"""The plugin that docs/plugin-guide.md builds works as it is printed there."""

from __future__ import annotations

import importlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.tidy.tree import ROOT
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.config import Config, ServerConfig
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.identity import services as identity
from venue_suite.server.running import VenueServer

GUIDE = ROOT / "docs" / "plugin-guide.md"


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """The plugin object, from files as the guide prints them."""
    files = re.findall(r"^```python\n# (\S+\.py)\n(.*?)^```", GUIDE.read_text("utf-8"), re.M | re.S)
    for name, code in files:
        file = tmp_path / "guide" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, "utf-8")
    (tmp_path / "guide" / "venue_lost_property" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "guide")
    return importlib.import_module("venue_lost_property.plugin").plugin


@pytest.fixture
async def venue(plugin: object, tmp_path: Path) -> AsyncIterator[VenueServer]:
    """A running server with that plugin alone."""
    config = Config(
        data_dir=str(tmp_path / "data"),
        server=ServerConfig(host="127.0.0.1", port=0, advertise=False),
    )
    server = VenueServer(config)
    server.plugins.register("lost_property", plugin)
    server.database.open(KERNEL_MIGRATIONS | server.plugins.migrations())
    pin = identity.hash_pin("2468")
    await server.database.write(identity.add_staff, "7", "Lin", "cashier", pin)
    await server.start()
    yield server
    await server.stop()
    server.close()


async def test_guide_plugin_is_enabled(venue: VenueServer) -> None:
    assert [(s.name, s.state.value) for s in venue.plugins.statuses] == [
        ("lost_property", "enabled")
    ]


async def test_guide_plugin_does_what_the_guide_says(venue: VenueServer) -> None:
    async with VenueClient(f"http://127.0.0.1:{venue.port}") as client:
        await client.sign_in("7", "2468")
        path = "/lost_property/things"
        operation_id = client.make_operation_id()
        for _ in range(2):
            umbrella: Any = await client.post(
                path, {"what": "an umbrella"}, dict, operation_id=operation_id
            )
        assert umbrella["what"] == "an umbrella"
        assert await client.get(path, list) == [umbrella]
        back = f"{path}/{umbrella['id']}/hand-back"
        await client.post(back, {}, dict, operation_id=client.make_operation_id())
        assert await client.get(path, list) == []
        with pytest.raises(ServerRefused) as refused:
            await client.post(back, {}, dict, operation_id=client.make_operation_id())
        assert refused.value.code == "lost_property_already_handed_back"


async def test_guide_plugin_has_an_invariant_that_holds(venue: VenueServer) -> None:
    (check,) = venue.plugins.checks()
    assert await venue.database.read(lambda view: list(check.find(view))) == []
