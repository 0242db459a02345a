"""The chart of accounts: its headings, the accounts below them, opening and closing one."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from peewee import JOIN, fn

from venue_suite.database.rows import to_json
from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View, Work
from venue_suite.domain.accounts import (
    FIRST_WORDS,
    HEADINGS,
    Heading,
    parent_of,
    sign_of,
    ways_up,
)
from venue_suite.domain.errors import NotFound
from venue_suite.domain.localized import Localized
from venue_suite.domain.money import Currency
from venue_suite.ledger.errors import AccountClosed, AccountInUse
from venue_suite.ledger.tables import AccountRow, BalanceRow, HeadingRow

logger = logging.getLogger(__name__)

_HEADING = Statement(
    lambda: HeadingRow.select(HeadingRow.kind).where(HeadingRow.path == param("path"))
)
_HEADINGS = Statement(
    lambda: HeadingRow.select(
        HeadingRow.path, HeadingRow.kind, HeadingRow.name, HeadingRow.owner
    ).order_by(HeadingRow.path)
)
_PUT_HEADING = Statement(
    lambda: HeadingRow.insert(
        path=param("path"), kind=param("kind"), name=param("name"), owner=param("owner")
    ).on_conflict(conflict_target=[HeadingRow.path], preserve=[HeadingRow.name, HeadingRow.owner])
)
_ADD_ACCOUNT = Statement(
    lambda: AccountRow.insert(
        code=param("code"), kind=param("kind"), currency=param("currency"), name=param("name")
    ).returning(AccountRow.id)
)
_FIND_ACCOUNT = Statement(
    lambda: (
        AccountRow.select(
            AccountRow.id,
            AccountRow.code,
            AccountRow.kind,
            AccountRow.currency,
            AccountRow.active,
            fn.COALESCE(BalanceRow.amount_minor, 0),
            fn.COALESCE(BalanceRow.held_minor, 0),
        )
        .join(BalanceRow, JOIN.LEFT_OUTER, on=BalanceRow.account == AccountRow.id)
        .where(AccountRow.code == param("code"))
    )
)
_ACCOUNTS = Statement(
    lambda: (
        AccountRow.select(
            AccountRow.id,
            AccountRow.code,
            AccountRow.kind,
            AccountRow.currency,
            AccountRow.active,
            fn.COALESCE(BalanceRow.amount_minor, 0),
            fn.COALESCE(BalanceRow.held_minor, 0),
            AccountRow.name,
        )
        .join(BalanceRow, JOIN.LEFT_OUTER, on=BalanceRow.account == AccountRow.id)
        .order_by(AccountRow.code)
    )
)
_SET_ACTIVE = Statement(
    lambda: AccountRow.update(active=param("active")).where(AccountRow.id == param("id"))
)


class Account(NamedTuple):
    """One account as it stands. Amounts: debits positive, credits negative; `held_minor` >= 0."""

    id: int
    code: str
    kind: str
    currency: str
    active: bool
    amount_minor: int
    held_minor: int

    @property
    def has_minor(self) -> int:
        """What it has, in its own direction: cash in a drawer, value on a card."""
        return sign_of(self.kind) * self.amount_minor

    @property
    def available_minor(self) -> int:
        """What it has and nobody holds."""
        return self.has_minor - self.held_minor


class ChartLine(NamedTuple):
    """One line of the chart: a heading (`account` is None) or an account."""

    path: str
    parent: str
    kind: str
    name: Localized
    account: Account | None


def keep_headings(work: Work, declared: Mapping[str, Sequence[Heading]]) -> None:
    """Take in what the kernel and its plugins declare, at each start.

    A heading keeps its first kind for ever: accounts were made under it. One that is declared as
    another kind later is left as it is, and logged. What nobody declares any more stays too.

    Args:
        declared: owner -> its headings.
    """
    known = {path: (kind, name, owner) for path, kind, name, owner in work.all(_HEADINGS)}
    for owner, headings in declared.items():
        for heading in headings:
            kind, *rest = known.get(heading.path, (heading.kind, "", ""))
            if kind != heading.kind:
                logger.error(
                    "heading %s is %s in the books; %s declares it as %s",
                    *(heading.path, kind, owner, heading.kind),
                )
                continue
            name = to_json(heading.name)
            if rest != [name, owner]:
                work.run(_PUT_HEADING, path=heading.path, kind=heading.kind, name=name, owner=owner)


def kind_of(view: View, code: str) -> str:
    """The kind of an account by the nearest heading at or above it.

    Raises:
        ValueError: no heading leads to it. A fault of the calling service.
    """
    if all(code.split("/")):
        for path in ways_up(code):
            kind: str | None = view.value(_HEADING, path=path) or FIRST_WORDS.get(path)
            if kind is not None:
                return kind
    raise ValueError(f"account {code}: its first word is no kind of account")


def open_account(work: Work, code: str, currency: str, name: Localized) -> int:
    """Make an account that does not exist, or say why it is not to be used; returns its id.

    Raises:
        AccountClosed: it exists and is not active.
        ValueError: see `kind_of`.
    """
    if work.one(_FIND_ACCOUNT, code=code) is not None:
        raise AccountClosed(account=code)
    kind = kind_of(work, code)
    return work.insert(_ADD_ACCOUNT, code=code, kind=kind, currency=currency, name=to_json(name))


def find_account(view: View, code: str) -> Account | None:
    """One account as it stands, or None if nothing was ever posted to it."""
    row = view.one(_FIND_ACCOUNT, code=code)
    return None if row is None else Account(*row)


def read_account(view: View, code: str) -> Account:
    """The same. Raises NotFound."""
    account = find_account(view, code)
    if account is None:
        raise NotFound(what="Account", key=code)
    return account


def set_account_active(work: Work, code: str, active: bool) -> None:
    """Close an account that has nothing, or open it again.

    Raises NotFound, AccountInUse.
    """
    account = read_account(work, code)
    if not active and (account.amount_minor or account.held_minor):
        show = Currency(account.currency).format
        raise AccountInUse(
            account=code, balance=show(account.has_minor), held=show(account.held_minor)
        )
    if account.active != active:
        work.run(_SET_ACTIVE, id=account.id, active=active)
        work.record("ledger.account_changed", f"account/{account.id}", account=code, active=active)


def list_chart(view: View) -> list[ChartLine]:
    """Headings and accounts by path, each after its parent.

    An account without a name of its own has that of the heading at its path.
    """
    lines: dict[str, ChartLine] = {}
    for heading in HEADINGS:
        lines[heading.path] = ChartLine(heading.path, "", heading.kind, heading.name, None)
    for path, kind, name, _ in view.all(_HEADINGS):
        named = msgspec.json.decode(name, type=Localized)
        lines[path] = ChartLine(path, parent_of(path), kind, named, None)
    for *row, name in view.all(_ACCOUNTS):
        account = Account(*row)
        named = msgspec.json.decode(name, type=Localized)
        if not named and account.code in lines:
            named = lines[account.code].name
        lines[account.code] = ChartLine(
            account.code, parent_of(account.code), account.kind, named, account
        )
    return sorted(lines.values(), key=lambda line: line.path.split("/"))
