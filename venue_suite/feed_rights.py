"""Who may hear which facts: each kind belongs to a permission, what nobody declares to managers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from venue_suite.domain.actors import EVERYTHING, Actor
from venue_suite.domain.facts import Fact, FactKind

# Kinds come from services, not from strangers; should one make them up, memory stays bounded.
_REMEMBERED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Ear:
    """What somebody may hear. Equal ears hear the same.

    Attributes:
        permissions: of those that open any kind, what the actor has without limits.
        station: where the actor is, if being there opens anything.
    """

    permissions: frozenset[str]
    station: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to hear; empty tuples want all.

    Attributes:
        kinds: beginnings of kinds.
        subjects: whole subjects, `performance/17`; with a slash at its end, all that begin so.
    """

    kinds: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()

    def wants(self, fact: Fact) -> bool:
        if self.kinds and not fact.kind.startswith(self.kinds):
            return False
        return not self.subjects or any(
            fact.subject.startswith(one) if one.endswith("/") else fact.subject == one
            for one in self.subjects
        )


class FeedRights:
    """Decides who hears what.

    Args:
        kinds: all that are declared.
        permissions: the names of all that are declared. A kind that nobody declares needs
            `<its first word>.view` if there is such a permission.
    """

    def __init__(self, kinds: Iterable[FactKind], permissions: Iterable[str]) -> None:
        self._declared = {kind.name: kind for kind in kinds}
        self._permissions = frozenset(permissions)
        self._opening = frozenset(
            {kind.permission for kind in self._declared.values()}
            | {kind.own_permission for kind in self._declared.values()}
            | {name for name in self._permissions if name.endswith(".view")}
        ) - {""}
        self._own = {one.own_permission for one in self._declared.values()} - {""}
        self._remembered: dict[str, tuple[str, str]] = {}

    def ear_of(self, actor: Actor) -> Ear:
        """What an actor may hear now."""
        if EVERYTHING in actor.permissions:
            return Ear(frozenset({EVERYTHING}))
        # A right within limits is none here: a fact does not say which event it belongs to.
        may = frozenset(
            name for name in self._opening if actor.may(name) and name not in actor.limited
        )
        return Ear(may, actor.station if may & self._own else "")

    def hears(self, ear: Ear, fact: Fact) -> bool:
        """Whether a fact is for this ear."""
        permission, own = self.need(fact.kind)
        if permission in ear.permissions or EVERYTHING in ear.permissions:
            return True
        return (
            own in ear.permissions and ear.station != "" and fact.data.get("station") == ear.station
        )

    def hears_all(self, actor: Actor, beginning: str) -> bool:
        """Whether an actor may hear every kind that begins so, also those that nobody declared."""
        ear = self.ear_of(actor)
        if EVERYTHING in ear.permissions:
            return True
        some_other = f"{beginning}?"  # stands for every kind that nobody declared
        meant = {
            kind.permission for name, kind in self._declared.items() if name.startswith(beginning)
        }
        return {*meant, self.need(some_other)[0]} <= ear.permissions

    def need(self, kind: str) -> tuple[str, str]:
        """The permission of a kind, and the one that is enough at the station it speaks of."""
        known = self._remembered.get(kind)
        if known is None:
            known = self._find(kind)
            if len(self._remembered) < _REMEMBERED_MAX:
                self._remembered[kind] = known
        return known

    def _find(self, kind: str) -> tuple[str, str]:
        name = kind
        while name:
            declared = self._declared.get(name)
            if declared is not None:
                return declared.permission, declared.own_permission
            # `sales.order.paid` -> `sales.order.` -> `sales.`
            shorter = name.rstrip(".").rpartition(".")[0]
            name = f"{shorter}." if shorter else ""
        default = f"{kind.partition('.')[0]}.view"
        return (default if default in self._permissions else EVERYTHING), ""
