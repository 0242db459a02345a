"""Finds plugins by entry point, keeps a status for each, and calls every hook in one place.

A plugin that fails is named, put aside and shown; the venue goes on without it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypeVar, cast

import pluggy

from venue_suite import __version__
from venue_suite.database.work import View, Work
from venue_suite.domain.accounts import FIRST_WORDS, Heading
from venue_suite.domain.errors import VenueError
from venue_suite.domain.facts import FactKind
from venue_suite.domain.rights import EntryRight
from venue_suite.hookspecs import PROJECT, Check, Job, PluginInfo, SampleWish, VenueHooks
from venue_suite.identity.permissions import Permission
from venue_suite.resources.declaration import Resource, check_resources
from venue_suite.routing import Route

logger = logging.getLogger(__name__)

GROUP = "venue_suite.plugins"
_ANYTHING = (Exception, SystemExit)  # not even a plugin that calls exit() may end the venue
T = TypeVar("T")


class PluginState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"
    QUARANTINED = "quarantined"
    FAILED_TO_LOAD = "failed_to_load"
    MISSING_EXTRA = "missing_extra"


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """One row of the status table. `reason` says why a plugin is not enabled."""

    name: str
    state: PluginState
    summary: str = ""
    version: str = ""
    reason: str = ""


class PluginLoader:
    """Finds plugins, loads them, and keeps the status of each.

    Args:
        disabled: names that configuration switches off.
    """

    def __init__(self, disabled: Sequence[str] = ()) -> None:
        self._pluggy = pluggy.PluginManager(PROJECT)
        self._pluggy.add_hookspecs(VenueHooks)
        self._disabled = frozenset(disabled)
        self._statuses: dict[str, PluginStatus] = {}

    # --- loading -----------------------------------------------------------------------------

    def load_entry_points(self) -> None:
        """Load every installed plugin that is not disabled, in the order of their names."""
        for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
            if entry.name in self._disabled:
                self._statuses[entry.name] = PluginStatus(entry.name, PluginState.DISABLED)
            else:
                self._load(entry)

    def _load(self, entry: EntryPoint) -> None:
        try:
            plugin = entry.load()
        except ModuleNotFoundError as error:
            # A module of the plugin's own package that is missing is no extra to install.
            own = (error.name or "").split(".")[0] == entry.module.split(".")[0]
            state = PluginState.FAILED_TO_LOAD if own else PluginState.MISSING_EXTRA
            self._set_aside(entry.name, state, error)
        except _ANYTHING as error:  # a stranger's module may raise anything
            self._set_aside(entry.name, PluginState.FAILED_TO_LOAD, error)
        else:
            self.register(entry.name, plugin)

    def register(self, name: str, plugin: object) -> None:
        """Take in one plugin object under its name; a bad one is put aside, never raised.

        A second plugin of the same name is left out; the first stays.
        """
        if name in self._statuses:
            logger.error("there is a plugin of this name already", extra={"plugin": name})
            return
        try:
            self._pluggy.register(plugin, name=name)
            self._pluggy.check_pending()
            info = self._describe(plugin)
            if _numbers(info.core_version_min) > _numbers(__version__):
                raise ValueError(f"needs kernel {info.core_version_min}, this is {__version__}")
        except _ANYTHING as error:  # a stranger's plugin may raise anything
            if self._pluggy.get_plugin(name) is not None:
                self._pluggy.unregister(name=name)
            self._set_aside(name, PluginState.FAILED_TO_LOAD, error)
        else:
            self._statuses[name] = PluginStatus(
                name, PluginState.ENABLED, info.summary, info.version
            )

    @staticmethod
    def _describe(plugin: object) -> PluginInfo:
        describe = getattr(plugin, "venue_describe", None)
        if describe is None:
            raise ValueError("it does not describe itself (venue_describe)")
        info = describe()
        if not isinstance(info, PluginInfo):
            raise TypeError(f"venue_describe returns {info!r}, which is no PluginInfo")
        return info

    # --- status ------------------------------------------------------------------------------

    @property
    def statuses(self) -> list[PluginStatus]:
        """The status table, by name."""
        return [self._statuses[name] for name in sorted(self._statuses)]

    def told(self) -> dict[str, dict[str, str]]:
        """The status table as the audit log keeps it."""
        return {
            one.name: {"state": one.state.value, "version": one.version, "reason": one.reason}
            for one in self.statuses
        }

    def quarantine(self, name: str, error: BaseException) -> None:
        """Stop asking a plugin that failed; its routes answer `plugin_failed` from now on."""
        self._set_aside(name, PluginState.QUARANTINED, error)
        if self._pluggy.get_plugin(name) is not None:
            self._pluggy.unregister(name=name)

    def is_enabled(self, name: str) -> bool:
        status = self._statuses.get(name)
        return status is not None and status.state is PluginState.ENABLED

    def _set_aside(self, name: str, state: PluginState, error: BaseException) -> None:
        reason = f"{type(error).__name__}: {error}"
        logger.error(
            "plugin is not used", exc_info=error, extra={"plugin": name, "state": state.value}
        )
        old = self._statuses.get(name, PluginStatus(name, state))
        self._statuses[name] = replace(old, state=state, reason=reason)


class PluginManager(PluginLoader):
    """All plugins of one server: each hook is called in one method."""

    def migrations(self) -> dict[str, Path]:
        """Plugin name -> folder of migrations."""

        def check(name: str, answer: Any) -> Path:
            if not Path(answer).is_dir():
                raise NotADirectoryError(f"{answer} is no folder of migrations")
            return Path(answer)

        return dict(self._declared("venue_register_migrations", check))

    def routes(self) -> dict[str, Sequence[Route]]:
        """Plugin name -> its routes."""
        return dict(self._declared("venue_register_routes", _all_are(Route)))

    def permissions(self) -> list[Permission]:
        """All permissions; each begins with its plugin's name, so that none widens another's."""

        def check(name: str, answer: Any) -> list[Permission]:
            some = _all_are(Permission)(name, answer)
            for permission in some:
                if not permission.name.startswith(f"{name}."):
                    raise ValueError(f"permission {permission.name} does not begin with {name}.")
            return some

        declared = self._declared("venue_register_permissions", check)
        return [one for _, some in declared for one in some]

    def resources(self) -> dict[str, list[Resource]]:
        """Plugin name -> the tables that it lets people maintain."""

        def check(name: str, answer: Any) -> list[Resource]:
            some = _all_are(Resource)(name, answer)
            check_resources(name, some)
            return some

        return dict(self._declared("venue_register_resources", check))

    def facts(self) -> list[FactKind]:
        """The kinds of facts that plugins declare; each begins with its plugin's name."""

        def check(name: str, answer: Any) -> list[FactKind]:
            some = _all_are(FactKind)(name, answer)
            for kind in some:
                if not kind.name.startswith(f"{name}."):
                    raise ValueError(f"fact {kind.name} does not begin with {name}.")
            return some

        declared = self._declared("venue_register_facts", check)
        return [one for _, some in declared for one in some]

    def jobs(self) -> list[tuple[str, Job]]:
        """(plugin name, job) pairs."""
        declared = self._declared("venue_register_jobs", _all_are(Job))
        return [(name, job) for name, jobs in declared for job in jobs]

    def accounts(self) -> dict[str, Sequence[Heading]]:
        """Plugin name -> its headings; a first word that is new is the plugin's own name."""

        def check(name: str, answer: Any) -> list[Heading]:
            some = _all_are(Heading)(name, answer)
            for heading in some:
                first, rest = heading.path.split("/", 1)[0], "/" in heading.path
                if first != name and not (first in FIRST_WORDS and rest):
                    raise ValueError(f"heading {heading.path} begins with no word of its own")
            return some

        return dict(self._declared("venue_register_accounts", check))

    def checks(self) -> list[Check]:
        declared = self._declared("venue_register_checks", _all_are(Check))
        return [one for _, some in declared for one in some]

    def resolve_medium(self, view: View, code: str) -> EntryRight | None:
        """Who owns a scanned code; the first plugin that knows it. Refusals pass through."""

        def check(answer: Any) -> EntryRight | None:
            if answer is not None and not isinstance(answer, EntryRight):
                raise TypeError(f"{answer!r} is no EntryRight")
            return answer

        answers = self._answers("venue_resolve_medium", check, view=view, code=code)
        return next((right for right in answers if right is not None), None)

    def resolve_entries(self, view: View, right_ids: Sequence[str]) -> dict[str, datetime]:
        """When rights were first used, over all plugins."""
        used: dict[str, datetime] = {}
        arguments = {"view": view, "right_ids": right_ids}
        for some in self._answers("venue_resolve_entries", dict[str, datetime], **arguments):
            used.update(some)
        return used

    def fill_sample(self, work: Work, wish: SampleWish) -> None:
        """Write all sample data; a failure here is the command's failure, not a quarantine."""
        for implementation in self._implementations("venue_fill_sample"):
            implementation.function(work=work, wish=wish)

    # --- calling -----------------------------------------------------------------------------

    def _implementations(self, hook: str) -> list[Any]:
        caller = getattr(self._pluggy.hook, hook)
        return sorted(caller.get_hookimpls(), key=lambda one: one.plugin_name)

    def _declared(self, hook: str, check: Callable[[str, Any], T]) -> Iterator[tuple[str, T]]:
        """Ask each plugin for its declarations; one that crashes, or declares what `check` does
        not take, is quarantined."""
        for implementation in self._implementations(hook):
            name = implementation.plugin_name
            try:
                declared = check(name, implementation.function())
            except _ANYTHING as error:  # a stranger's hook may raise anything
                self.quarantine(name, error)
            else:
                yield name, declared

    def _answers(self, hook: str, check: Callable[[Any], T], **arguments: Any) -> Iterator[T]:
        """Put a question to each plugin. A crash over one question is logged and leaves that
        answer out: quarantine would stop the gate for everybody because of one odd code."""
        for implementation in self._implementations(hook):
            call = cast(Callable[..., Any], implementation.function)
            try:
                answer = check(call(**{name: arguments[name] for name in implementation.argnames}))
            except VenueError:
                raise
            except _ANYTHING as error:  # a stranger's hook may raise anything
                name = implementation.plugin_name
                logger.exception("plugin could not answer", extra={"plugin": name, "hook": hook})
                self._statuses[name] = replace(
                    self._statuses[name], reason=f"{hook}: {type(error).__name__}: {error}"
                )
            else:
                yield answer


def _all_are(kind: type[T]) -> Callable[[str, Any], list[T]]:
    """A check that an answer is a sequence of one kind of declaration."""

    def check(name: str, answer: Any) -> list[T]:
        some = list(answer)
        for one in some:
            if not isinstance(one, kind):
                raise TypeError(f"{one!r} is no {kind.__name__}")
        return some

    return check


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])
