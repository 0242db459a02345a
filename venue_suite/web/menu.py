"""The navigation: four groups, in the order of a venue's day."""

from __future__ import annotations

from dataclasses import dataclass, field

from venue_suite.domain.actors import Actor
from venue_suite.domain.localized import localized
from venue_suite.resources.declaration import GROUPS
from venue_suite.resources.served import ServedResource
from venue_suite.texts import N_
from venue_suite.web.site import Site

GROUP_NAMES = {
    "today": N_("Today"),
    "programme": N_("Programme"),
    "customers": N_("Customers"),
    "business": N_("Business"),
}
TABS = 3  # tables that a phone shows at the bottom, beside the overview and "more"


@dataclass(frozen=True, slots=True)
class Entry:
    """One place to go. `about`: one sentence, for the overview."""

    label: str
    path: str
    icon: str
    is_here: bool
    about: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Menu:
    """Groups of entries; `tabs` is the short one for phones."""

    groups: list[Group] = field(default_factory=list)
    tabs: list[Entry] = field(default_factory=list)


def table_path(served: ServedResource) -> str:
    """Where the list of a table is."""
    return f"/tables{served.path}"


def make_menu(site: Site, actor: Actor, language: str, path: str) -> Menu:
    """What this reader may go to."""
    say = site.texts.say
    home = Entry(say(N_("Overview"), language), "/home", "home", path == "/home")
    by_group: dict[str, list[Entry]] = {group: [] for group in GROUPS}
    by_group["today"].append(home)
    for served in site.resources:
        one = served.resource
        if not actor.may(one.rights.view) or not site.is_enabled(served.owner):
            continue
        target = table_path(served)
        is_here = path == target or path.startswith(f"{target}/")
        by_group[one.group].append(
            Entry(
                localized(one.label, language),
                target,
                one.icon,
                is_here,
                localized(one.about, language),
            )
        )
    groups = [
        Group(say(GROUP_NAMES[group], language), entries)
        for group, entries in by_group.items()
        if entries
    ]
    tables = [entry for group in groups for entry in group.entries if entry != home][:TABS]
    is_more = not any(entry.is_here for entry in (home, *tables))
    more = Entry(say(N_("More"), language), "/more", "more", is_more)
    return Menu(groups, [home, *tables, more])
