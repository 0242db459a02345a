"""Plugins: each hook in its one place, and a bad plugin named, put aside, and outlived."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import date, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from tests.venue_suite.jotter import jot, times_of
from tests.venue_suite.plugins import SOME_TIME, Jotter, Named, get_times, right
from venue_suite import plugin_manager
from venue_suite.client import ServerRefused
from venue_suite.commands import run
from venue_suite.database import Database, View, Work
from venue_suite.domain.errors import Refused
from venue_suite.domain.facts import FactKind
from venue_suite.domain.rights import EntryRight
from venue_suite.hookspecs import Job, PluginInfo, SampleWish, VenueHooks, hookimpl
from venue_suite.identity.permissions import OPEN, Permission
from venue_suite.plugin_manager import PluginManager, PluginState
from venue_suite.routing import Route
from venue_suite.server.app import RouteUndeclared
from venue_suite.testing import MovableClock, ServedVenue

Install = Callable[..., PluginManager]


def states(plugins: PluginManager) -> dict[str, str]:
    return {status.name: status.state.value for status in plugins.statuses}


def reason(plugins: PluginManager, name: str) -> str:
    (found,) = (status.reason for status in plugins.statuses if status.name == name)
    return found


def with_plugins(**plugins: object) -> PluginManager:
    manager = PluginManager()
    for name, plugin in plugins.items():
        manager.register(name, plugin)
    return manager


# --- loading ------------------------------------------------------------------------


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Source texts by plugin name -> a manager that found them by their entry points."""

    def install(*, disabled: Sequence[str] = (), **sources: str) -> PluginManager:
        entries = []
        for name, source in sources.items():
            module = f"installed_{tmp_path.name}_{name}"
            (tmp_path / f"{module}.py").write_text(source)
            entries.append(EntryPoint(name, f"{module}:plugin", plugin_manager.GROUP))
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(plugin_manager, "entry_points", lambda group: entries)
        manager = PluginManager(disabled)
        manager.load_entry_points()
        return manager

    return install


GOOD = """
from tests.venue_suite.plugins import Named
plugin = Named("{name}")
"""
NO_DESCRIBE = """
class Plugin:
    pass
plugin = Plugin()
"""
DESCRIBES = """
from venue_suite.hookspecs import PluginInfo, VenueHooks, hookimpl
class Plugin(VenueHooks):
    @hookimpl
    def venue_describe(self):
        {body}
plugin = Plugin()
"""
UNKNOWN_HOOK = (
    GOOD.format(name="x")
    + """
from venue_suite.hookspecs import hookimpl
class More(Named):
    @hookimpl
    def venue_nonsense(self):
        return 1
plugin = More()
"""
)


@pytest.mark.parametrize(
    ("source", "state", "why"),
    [
        ("import no_such_library", "missing_extra", "No module named 'no_such_library'"),
        ("1 / 0", "failed_to_load", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "failed_to_load", "SystemExit: 3"),
        ("def plugin(:", "failed_to_load", "SyntaxError"),
        ("other = 1", "failed_to_load", "has no attribute 'plugin'"),
        ("plugin = None", "failed_to_load", "does not describe itself"),
        (NO_DESCRIBE, "failed_to_load", "does not describe itself (venue_describe)"),
        (DESCRIBES.format(body="1 / 0"), "failed_to_load", "ZeroDivisionError"),
        (DESCRIBES.format(body="raise SystemExit"), "failed_to_load", "SystemExit"),
        (DESCRIBES.format(body="return 'me'"), "failed_to_load", "which is no PluginInfo"),
        (
            DESCRIBES.format(body="return PluginInfo('x', 'X', '1.0', '99.0')"),
            "failed_to_load",
            "needs kernel 99.0, this is 0.1",
        ),
        (
            DESCRIBES.format(body="return PluginInfo('x', 'X', '1.0', 'new')"),
            "failed_to_load",
            "ValueError",
        ),
        (UNKNOWN_HOOK, "failed_to_load", "venue_nonsense"),
    ],
)
def test_bad_plugin_is_named_and_the_others_go_on(
    install: Install, source: str, state: str, why: str
) -> None:
    manager = install(aa=GOOD.format(name="aa"), bad=source, zz=GOOD.format(name="zz"))
    assert states(manager) == {"aa": "enabled", "bad": state, "zz": "enabled"}
    assert why in reason(manager, "bad")
    assert not manager.is_enabled("bad")


def test_missing_module_of_its_own_is_no_missing_extra(install: Install) -> None:
    own = "import importlib\nimportlib.import_module(__name__ + '.part')"
    assert states(install(other=own))["other"] == "failed_to_load"


def test_disabled_plugin_is_not_even_imported(install: Install) -> None:
    manager = install(disabled=["bad", "unknown"], bad="1 / 0", good=GOOD.format(name="good"))
    assert states(manager) == {"bad": "disabled", "good": "enabled"}
    assert not manager.is_enabled("bad")


def test_second_plugin_of_a_name_leaves_the_first_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    manager = with_plugins(one=Jotter())
    manager.register("one", Named("one"))
    assert states(manager) == {"one": "enabled"}
    assert manager.statuses[0].summary == "Writes things down"
    assert list(manager.routes()) == ["one"]
    assert "there is a plugin of this name already" in caplog.text


def test_bundled_plugins_are_in_service() -> None:
    manager = PluginManager()
    manager.load_entry_points()
    assert set(states(manager).values()) == {"enabled"}
    assert {"sales", "admission", "reports"} <= set(states(manager))


def test_plugins_command_shows_the_table(
    capsys: pytest.CaptureFixture[str], install: Install
) -> None:
    install(bad="1 / 0", good=GOOD.format(name="good"))
    assert run(["plugins"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["bad", "failed_to_load"]
    assert "ZeroDivisionError" in lines[0]
    assert lines[1].split() == ["good", "enabled", "1.0", "For", "tests"]


# --- the hooks ----------------------------------------------------------------------


def test_hook_venue_describe() -> None:
    manager = with_plugins(jotter=Jotter())
    (status,) = manager.statuses
    assert (status.name, status.summary, status.version) == ("jotter", "Writes things down", "1.0")
    assert (status.state, status.reason) == (PluginState.ENABLED, "")


def test_hook_venue_register_migrations(tmp_path: Path) -> None:
    class Tables(Named):
        @hookimpl
        def venue_register_migrations(self) -> Path:
            return tmp_path

    assert with_plugins(a=Tables(), b=Named()).migrations() == {"a": tmp_path}


def test_hook_venue_register_routes() -> None:
    routes = with_plugins(jotter=Jotter(), b=Named()).routes()
    assert list(routes) == ["jotter"]
    assert routes["jotter"][0].path == "/jotter/jots"


def test_hook_venue_register_permissions() -> None:
    permissions = with_plugins(jotter=Jotter(), b=Named()).permissions()
    names = [permission.name for permission in permissions]
    assert names == ["jotter.jot", "jotter.crash", "jotter.hear"]


def test_hook_venue_register_facts() -> None:
    manager = with_plugins(jotter=Jotter(), b=Named())
    assert [kind.name for kind in manager.facts()] == ["jotter.", "jotter.secret", "jotter.own"]


def test_plugin_declares_only_facts_of_its_own() -> None:
    """Else it could let everybody hear what another plugin tells."""

    class Greedy(Named):
        @hookimpl
        def venue_register_facts(self) -> Sequence[FactKind]:
            return [FactKind("sales.", "all of it", "greedy.view")]

    manager = with_plugins(greedy=Greedy("greedy"))
    assert manager.facts() == []
    assert reason(manager, "greedy") == "ValueError: fact sales. does not begin with greedy."


def test_hook_venue_register_jobs() -> None:
    ((name, job),) = with_plugins(jotter=Jotter(), b=Named()).jobs()
    assert (name, job.name, job.every_s) == ("jotter", "tick", 0.01)


def test_hook_venue_register_checks_are_asked_once() -> None:
    (check,) = with_plugins(jotter=Jotter(), b=Named()).checks()
    assert check.name == "jotter.whole"


async def test_hook_venue_fill_sample(database: Database) -> None:
    manager = with_plugins(jotter=Jotter(), b=Named())
    wish = SampleWish(date(2026, 11, 28), random.Random(1))
    await database.write(manager.fill_sample, wish)
    number = random.Random(1).randint(1, 9)
    assert await database.read(times_of, f"sample-2026-11-28-{number}") == 1


async def test_sample_that_fails_fails_as_a_whole(database: Database) -> None:
    class Broken(Named):
        @hookimpl
        def venue_fill_sample(self, work: Work, wish: SampleWish) -> None:
            jot(work, "half")
            raise ValueError("half way")

    manager = with_plugins(a=Broken(), jotter=Jotter())
    with pytest.raises(ValueError, match="half way"):
        await database.write(manager.fill_sample, SampleWish(date(2026, 1, 1), random.Random(1)))
    assert await database.read(times_of, "half") == 0
    assert states(manager)["a"] == "enabled"


# --- failures in hooks --------------------------------------------------------------


DECLARATIONS = {
    "venue_register_migrations": "migrations",
    "venue_register_routes": "routes",
    "venue_register_permissions": "permissions",
    "venue_register_jobs": "jobs",
    "venue_register_checks": "checks",
}


def declaring(hook: str, answer: Callable[[], Any]) -> VenueHooks:
    """A plugin whose one declaration gives whatever `answer()` gives."""

    def declare(self: object) -> Any:
        return answer()

    declare.__name__ = hook
    plugin: VenueHooks = type("Declaring", (Named,), {hook: hookimpl(declare)})("bad")
    return plugin


def crash() -> None:
    raise ValueError("declared badly")


def leave() -> None:
    raise SystemExit(1)


@pytest.mark.parametrize("hook", DECLARATIONS)
@pytest.mark.parametrize("answer", [crash, leave, lambda: None, lambda: 7, lambda: ["nonsense"]])
def test_crash_in_a_declaration_is_quarantined_and_the_others_go_on(
    hook: str, answer: Callable[[], Any]
) -> None:
    manager = with_plugins(bad=declaring(hook, answer), jotter=Jotter())
    expected = getattr(with_plugins(jotter=Jotter()), DECLARATIONS[hook])()
    found = getattr(manager, DECLARATIONS[hook])()
    assert len(found) == len(expected)
    assert states(manager) == {"bad": "quarantined", "jotter": "enabled"}
    assert not manager.is_enabled("bad")
    # It is not asked anything any more.
    for name in DECLARATIONS.values():
        assert "bad" not in str(getattr(manager, name)())


def test_migrations_that_are_no_folder_are_quarantined(tmp_path: Path) -> None:
    bad = declaring("venue_register_migrations", lambda: tmp_path / "nothing")
    manager = with_plugins(bad=bad)
    assert manager.migrations() == {}
    assert "nothing is no folder of migrations" in reason(manager, "bad")


def test_no_plugin_hands_out_permissions_of_another() -> None:
    thief = declaring(
        "venue_register_permissions", lambda: [Permission("jotter.crash", "steal", ("kiosk",))]
    )
    manager = with_plugins(bad=thief, jotter=Jotter())
    assert {permission.name for permission in manager.permissions()} == {
        "jotter.jot",
        "jotter.crash",
        "jotter.hear",
    }
    assert all("steal" not in permission.summary for permission in manager.permissions())
    assert states(manager)["bad"] == "quarantined"


class Odd(Named):
    """Answers whatever the test says."""

    def __init__(self, answer: Callable[[], Any]) -> None:
        super().__init__("odd")
        self._answer = answer

    @hookimpl
    def venue_resolve_medium(self, view: View, code: str) -> EntryRight | None:
        return self._answer()  # type: ignore[no-any-return]

    @hookimpl
    def venue_resolve_entries(self, view: View, right_ids: Sequence[str]) -> dict[str, datetime]:
        return self._answer()  # type: ignore[no-any-return]


@pytest.mark.parametrize("answer", [crash, leave, lambda: 7, lambda: "right"])
async def test_crash_over_a_question_is_logged_and_left_out(
    database: Database, answer: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    manager = with_plugins(aa=Odd(answer), jotter=Jotter())
    assert await database.read(manager.resolve_medium, "JOT") == right("jotter/1")
    assert await database.read(manager.resolve_entries, ["jotter/1", "x/2"]) == {
        "jotter/1": SOME_TIME
    }
    # One odd code does not stop the gate: it is asked again next time.
    assert states(manager) == {"aa": "enabled", "jotter": "enabled"}
    assert "venue_resolve_entries" in reason(manager, "aa")
    assert "plugin could not answer" in caplog.text


async def test_refusal_over_a_question_passes(database: Database) -> None:
    def refuse() -> None:
        raise Refused(reason="not today")

    manager = with_plugins(aa=Odd(refuse), jotter=Jotter())
    with pytest.raises(Refused, match="not today"):
        await database.read(manager.resolve_medium, "JOT")


async def test_first_plugin_that_knows_a_code_answers(database: Database) -> None:
    manager = with_plugins(
        bb=Odd(lambda: right("bb/1")), aa=Odd(lambda: None), cc=Odd(lambda: right("cc/1"))
    )
    assert await database.read(manager.resolve_medium, "x") == right("bb/1")
    assert await database.read(with_plugins(a=Named()).resolve_medium, "x") is None


# --- in a running server ------------------------------------------------------------


@pytest.mark.parametrize(
    ("route", "why"),
    [
        (Route("GET", "/bad/x", get_times, "bad.undeclared"), "the permission bad.undeclared"),
        (Route("GET", "/bad/x", get_times, ""), "nobody declares the permission "),
        (Route("GET", "/bad/x", get_times, "signed-in"), "the permission signed-in"),
        (Route("GET", "/other/x", get_times, OPEN), "its path must begin with /bad/"),
        (Route("GET", "/badly/x", get_times, OPEN), "its path must begin with /bad/"),
        (Route("GET", "/venue", get_times, OPEN), "its path must begin with /bad/"),
        (Route("GET", "bad/x", get_times, OPEN), "its path must begin with /bad/"),
    ],
)
async def test_route_without_right_or_of_another_stops_the_start(
    bare_copy: Path, clock: MovableClock, route: Route, why: str
) -> None:
    bad = declaring("venue_register_routes", lambda: [route])
    with pytest.raises(RouteUndeclared) as caught:
        async with ServedVenue(bare_copy, clock, plugins={"bad": bad, "jotter": Jotter()}):
            pass
    assert why in str(caught.value)
    # Nothing is left: the same venue starts without it.
    async with ServedVenue(bare_copy, clock, plugins={"jotter": Jotter()}):
        pass


async def test_routes_of_a_quarantined_plugin_say_so_and_the_others_serve(
    bare: ServedVenue,
) -> None:
    client = bare.client()
    assert await client.get("/jotter/times", dict, name="x") == {"times": 0}
    bare.server.plugins.quarantine("jotter", ValueError("seen enough"))
    with pytest.raises(ServerRefused) as caught:
        await client.get("/jotter/times", dict, name="x")
    assert (caught.value.code, caught.value.params) == ("plugin_failed", {"plugin": "jotter"})
    assert caught.value.http_status == 500
    rows = await bare.client("manager").get("/plugins", list)
    assert rows[0]["state"] == "quarantined"
    assert rows[0]["reason"] == "ValueError: seen enough"


async def test_plugin_with_a_failing_migration_is_quarantined(
    tmp_path: Path, bare_copy: Path, clock: MovableClock
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_bad.py").write_text("def up(migrator, db):\n    raise ValueError('half way')\n")
    bad = declaring("venue_register_migrations", lambda: folder)
    async with ServedVenue(bare_copy, clock, plugins={"bad": bad, "jotter": Jotter()}) as venue:
        assert states(venue.server.plugins) == {"bad": "quarantined", "jotter": "enabled"}
        assert await venue.client().get("/jotter/times", dict, name="x") == {"times": 0}


class Working(Named):
    """A plugin with jobs, good and bad."""

    def __init__(self) -> None:
        super().__init__("working")
        self.runs = {"crash": 0, "refuse": 0, "work": 0}

    @hookimpl
    def venue_register_jobs(self) -> Sequence[Job]:
        return [Job(name, 0.01, self._run(name)) for name in self.runs]

    def _run(self, name: str) -> Callable[[Any], Any]:
        async def run(_: Any) -> None:
            self.runs[name] += 1
            if name == "crash":
                raise ValueError("a job that fails")
            if name == "refuse":
                raise Refused(reason="not now")

        return run


async def test_job_that_fails_is_logged_and_runs_again(
    bare_copy: Path, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    plugin = Working()
    async with ServedVenue(bare_copy, clock, plugins={"working": plugin}):
        for _ in range(200):
            await asyncio.sleep(0.01)
            if min(plugin.runs.values()) >= 3:
                break
    assert min(plugin.runs.values()) >= 3
    assert "job working.crash failed" in caplog.text
    assert "job working.refuse was refused: This is not possible now: not now" in caplog.text
    runs = dict(plugin.runs)
    await asyncio.sleep(0.05)
    assert plugin.runs == runs, "jobs end with the server"


def test_info_names_the_kernel_that_it_needs() -> None:
    assert PluginInfo("x", "X", "1.0").core_version_min == "0.1"
