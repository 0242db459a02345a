"""Every hook that the venue server calls. A plugin subclasses `VenueHooks` and overrides some.

First word: the program that calls. Second: the kind of call: `register` (declarations, asked once),
`resolve` (a question during work), `fill` (asked by a command). Each hook is called in exactly one
method of `PluginManager`, which isolates failures and gives the result its type.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random

import pluggy

from venue_suite.context import Context
from venue_suite.database.work import View, Work
from venue_suite.domain.accounts import Heading
from venue_suite.domain.facts import FactKind
from venue_suite.domain.rights import EntryRight
from venue_suite.identity.permissions import Permission
from venue_suite.resources.declaration import Resource
from venue_suite.routing import Route

PROJECT = "venue_suite"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """What a plugin says of itself. `core_version_min`: the kernel it was written for, `0.1`."""

    name: str
    summary: str
    version: str
    core_version_min: str = "0.1"


@dataclass(frozen=True, slots=True)
class Job:
    """Something the server does again and again.

    Attributes:
        name: for logs and the status page.
        every_s: pause between two runs, in seconds.
        run: called with the server's context; a failure is logged and the job goes on.
        everywhere: where several server processes share a venue, each of them runs it; else only
            the one that leads.
    """

    name: str
    every_s: float
    run: Callable[[Context], Awaitable[None]]
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant.

    Attributes:
        name: its owner and what it is about, `sales.stock`.
        summary: what holds, for people.
        find: yields a sentence per violation; none means that it holds.
        find_since: the same of what was written since a time, in a fraction of the time; None
            where there is no such short cut.
    """

    name: str
    summary: str
    find: Callable[[View], Iterable[str]]
    find_since: Callable[[View, datetime], Iterable[str]] | None = None


@dataclass(frozen=True, slots=True)
class SampleWish:
    """What sample data are wanted.

    Attributes:
        start_day: first local day of the sample month; history lies before it.
        chance: the only source of randomness, so that a seed gives the same venue.
    """

    start_day: date
    chance: Random


class VenueHooks:
    """The hooks of the venue server."""

    @hookspec
    def venue_describe(self) -> PluginInfo:
        """Return who this plugin is. Asked first, once; without it a plugin is not loaded."""
        raise NotImplementedError

    @hookspec
    def venue_register_migrations(self) -> Path:
        """Return the folder of the plugin's numbered migrations. Tables are `<plugin>_<noun>`."""
        raise NotImplementedError

    @hookspec
    def venue_register_routes(self) -> Sequence[Route]:
        """Return the plugin's routes. Paths begin with `/<plugin>/`; each has a permission."""
        raise NotImplementedError

    @hookspec
    def venue_register_permissions(self) -> Sequence[Permission]:
        """Return the permissions that the plugin's routes and services demand."""
        raise NotImplementedError

    @hookspec
    def venue_register_resources(self) -> Sequence[Resource]:
        """Return the tables that people maintain. List, form, API, import and export come from
        the declaration; their routes begin with `/<plugin>/`."""
        raise NotImplementedError

    @hookspec
    def venue_register_facts(self) -> Sequence[FactKind]:
        """Return the kinds of facts that the plugin tells, each with the permission that it takes
        to hear it. Names begin with the plugin's and a dot. What is not declared is heard by
        whoever has `<plugin>.view`, and by managers alone where there is no such permission."""
        raise NotImplementedError

    @hookspec
    def venue_register_jobs(self) -> Sequence[Job]:
        """Return what the server does again and again for this plugin."""
        raise NotImplementedError

    @hookspec
    def venue_register_accounts(self) -> Sequence[Heading]:
        """Return the plugin's headings of the chart of accounts, for the accounts it posts to.

        The first word of a path that is not the kernel's own (tender, receivable, deposit, stored,
        tax, revenue, discount, cost, equity) is the plugin's name.
        """
        raise NotImplementedError

    @hookspec
    def venue_register_checks(self) -> Sequence[Check]:
        """Return the plugin's invariants, for `venue verify`."""
        raise NotImplementedError

    @hookspec
    def venue_resolve_medium(self, view: View, code: str) -> EntryRight | None:
        """Return what a scanned code or card stands for, or None if it is not this plugin's.

        The first answer wins. Called inside the scan's transaction; reads only. `code` is hostile
        text. A VenueError raised here refuses the scan with its own sentence; any other failure
        counts as None.
        """
        raise NotImplementedError

    @hookspec
    def venue_resolve_entries(self, view: View, right_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when each of these entry rights was first used; unused ones are left out."""
        raise NotImplementedError

    @hookspec
    def venue_fill_sample(self, work: Work, wish: SampleWish) -> None:
        """Write the plugin's part of the sample venue. Called once, on an empty venue."""
        raise NotImplementedError
