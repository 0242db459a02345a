"""The maintained tables of one running server, with their shapes and the words for refusals."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import peewee

from venue_suite.database.work import View
from venue_suite.domain.actors import Actor
from venue_suite.domain.errors import ConfigInvalid
from venue_suite.domain.facts import FactKind
from venue_suite.domain.localized import Localized, localized
from venue_suite.domain.money import Currency
from venue_suite.resources.declaration import FieldRefusal, Resource, check_resources
from venue_suite.resources.errors import FieldsRefused
from venue_suite.resources.fields import LANGUAGES, MONEY, NUMBER, Field
from venue_suite.resources.notation import Notation
from venue_suite.resources.shapes import Shapes, make_shapes
from venue_suite.resources.wire import FieldProblem, May, ResourceCard
from venue_suite.settings import read_identity
from venue_suite.texts import Texts

INTEGER_COLUMN_MAX = 2**31 - 1

Problems = dict[str, list[FieldProblem]]  # field name -> what is wrong with it


@dataclass(frozen=True, slots=True)
class ServedResource:
    """One maintained table, ready to be used.

    Attributes:
        owner: the plugin, or the room of the kernel, that declares it.
        resource: its declaration, with the limits of its columns.
        targets: reference field -> the resource that it leads to.
        texts: the translations of its owner's sentences and the kernel's.
        is_of_plugin: whether a plugin declares it, or the kernel.
    """

    owner: str
    resource: Resource
    shapes: Shapes
    targets: Mapping[str, Resource]
    texts: Texts
    is_of_plugin: bool = True

    @property
    def id(self) -> str:
        return f"{self.owner}/{self.resource.name}"

    @property
    def path(self) -> str:
        """Of its routes, below /api/v1."""
        return f"/{self.owner}/{self.resource.name.replace('_', '-')}"

    @property
    def noun(self) -> str:
        """Of facts and audit entries: `sales.ticket_types`."""
        return f"{self.owner}.{self.resource.name}"

    def card(self, actor: Actor) -> ResourceCard:
        """What a screen has to know to draw it for somebody."""
        one = self.resource
        rights = one.rights
        return ResourceCard(
            owner=self.owner,
            name=one.name,
            path=self.path,
            label=one.label,
            label_one=one.label_one,
            about=one.about,
            group=one.group,
            icon=one.icon,
            fields=list(one.fields),
            key=list(one.key),
            sort=one.sort,
            removal=one.removal.how,
            retired=one.removal.flag,
            may=May(
                create=bool(rights.create) and actor.may(rights.create),
                change=bool(rights.change) and actor.may(rights.change),
                remove=bool(rights.remove) and actor.may(rights.remove),
            ),
        )

    def say(self, refusals: Iterable[FieldRefusal], notation: Notation) -> Problems:
        """Refusals in the words of every language, by field."""
        found: Problems = {}
        for one in refusals:
            problem = FieldProblem(code=one.code, text=self._text(one, notation))
            if problem not in found.setdefault(one.field, []):
                found[one.field].append(problem)
        return found

    def _text(self, refusal: FieldRefusal, notation: Notation) -> Localized:
        params = dict(refusal.params)
        field = self.resource.by_name.get(refusal.field)
        limit = params.get("limit")
        if field is not None and field.kind == MONEY and isinstance(limit, int):
            params["limit"] = notation.currency.format(limit)
        return {
            language: self.texts.say_refusal(refusal.template, params, language)
            for language in LANGUAGES
        }

    def refuse(self, refusals: Sequence[FieldRefusal], notation: Notation) -> FieldsRefused:
        """The refusal that carries all of these."""
        problems = self.say(refusals, notation)
        known = self.resource.by_name
        summary = {
            language: " ".join(
                f"{localized(known[name].label, language) if name in known else name}: "
                f"{one.text[language]}"
                for name, some in problems.items()
                for one in some
            )
            for language in LANGUAGES
        }
        return FieldsRefused(msgspec.to_builtins(problems), summary)


def read_notation(view: View) -> Notation:
    """How values are written at this venue."""
    identity = read_identity(view)
    return Notation(Currency(identity.currency), identity.zone)


class ResourceUndeclared(ConfigInvalid):
    """A reference leads to a resource that nobody declares: the server does not start with it."""

    code = "resource_undeclared"
    default_template = "The field {field} of {resource} refers to {target}, which nobody declares."


class Resources:
    """All maintained tables of a server.

    Args:
        of_kernel: room of the kernel -> its resources.
        of_plugins: plugin -> its resources.

    Raises:
        ResourceUndeclared: a reference leads nowhere.
        ValueError: a declaration contradicts itself.
    """

    def __init__(
        self,
        of_kernel: Mapping[str, Sequence[Resource]],
        of_plugins: Mapping[str, Sequence[Resource]],
    ) -> None:
        declared = {**of_kernel, **of_plugins}
        known = {f"{owner}/{one.name}": one for owner, some in declared.items() for one in some}
        texts: dict[str, Texts] = {}
        self._served: dict[str, ServedResource] = {}
        for owner, some in declared.items():
            check_resources(owner, some)
            for one in some:
                package = _package_of(one)
                if package not in texts:
                    texts[package] = Texts.load(package)
                full = _with_column_limits(one)
                targets = _targets(f"{owner}/{one.name}", one, known)
                self._served[f"{owner}/{one.name}"] = ServedResource(
                    owner,
                    full,
                    make_shapes(full),
                    targets,
                    texts[package],
                    owner in of_plugins,
                )

    def __iter__(self) -> Iterator[ServedResource]:
        return iter(self._served.values())

    def get(self, id: str) -> ServedResource | None:  # noqa: A002 - what it is
        """The resource `owner/name`."""
        return self._served.get(id)

    def of_owner(self, owner: str) -> list[ServedResource]:
        return [one for one in self._served.values() if one.owner == owner]

    def cards(self, actor: Actor) -> list[ResourceCard]:
        """The tables that somebody may look into."""
        return [
            one.card(actor) for one in self._served.values() if actor.may(one.resource.rights.view)
        ]


def fact_kinds(resources: Iterable[ServedResource]) -> list[FactKind]:
    """The facts of all tables: whoever may look into a table hears of its changes."""
    return [
        FactKind(
            f"{one.noun}.changed",
            f"{localized(one.resource.label, 'en').lower()} were made, changed or removed",
            one.resource.rights.view,
        )
        for one in resources
    ]


def _targets(
    id: str,  # noqa: A002 - what it is
    resource: Resource,
    known: Mapping[str, Resource],
) -> dict[str, Resource]:
    found = {}
    for field in resource.fields:
        if field.reference:
            if field.reference not in known:
                raise ResourceUndeclared(field=field.name, resource=id, target=field.reference)
            found[field.name] = known[field.reference]
    return found


def _with_column_limits(resource: Resource) -> Resource:
    """A column of four bytes can't hold what eight can, and one engine says so only at the end."""

    def limited(field: Field) -> Field:
        column = resource.row._meta.fields[field.name]
        is_small = isinstance(column, peewee.IntegerField) and not isinstance(
            column, peewee.BigIntegerField
        )
        if field.kind not in (NUMBER, MONEY) or not is_small:
            return field
        low = -INTEGER_COLUMN_MAX if field.minimum is None else field.minimum
        high = INTEGER_COLUMN_MAX if field.maximum is None else field.maximum
        return msgspec.structs.replace(field, minimum=low, maximum=high)

    return replace(resource, fields=tuple(limited(one) for one in resource.fields))


def _package_of(resource: Resource) -> str:
    """The package whose catalogue translates the sentences of a resource's rules."""
    parts = resource.row.__module__.split(".")[:-1]
    for length in range(len(parts), 0, -1):
        package = ".".join(parts[:length])
        if (importlib.resources.files(package) / "locale").is_dir():
            return package
    return "venue_suite"
