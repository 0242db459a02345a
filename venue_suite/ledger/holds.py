"""Holds: an amount is kept for somebody until it is captured, released or out of time.

Two holds never take the same money: placing one is a single guarded statement on the account's
balance, and behind it the database itself refuses to hold more than there is. Whoever spends from
an account that may have holds asks `demand_available` first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from venue_suite.database.rows import from_ms, to_ms
from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View, Work
from venue_suite.domain.accounts import sign_of
from venue_suite.domain.errors import NotFound
from venue_suite.domain.money import Currency
from venue_suite.ledger.chart import Account, find_account
from venue_suite.ledger.errors import AccountClosed, HoldEnded, NotEnough
from venue_suite.ledger.postings import Leg, post
from venue_suite.ledger.tables import AccountRow, BalanceRow, HoldRow

OPEN = "open"
CAPTURED = "captured"
RELEASED = "released"
EXPIRED = "expired"
BATCH = 100

_TAKE = Statement(
    lambda: BalanceRow.update(held_minor=BalanceRow.held_minor + param("amount_minor")).where(
        (BalanceRow.account == param("account"))
        & (BalanceRow.amount_minor * param("sign") - BalanceRow.held_minor >= param("amount_minor"))
    )
)
_GIVE_BACK = Statement(
    lambda: BalanceRow.update(held_minor=BalanceRow.held_minor - param("amount_minor")).where(
        BalanceRow.account == param("account")
    )
)
_ADD = Statement(
    lambda: HoldRow.insert(
        account=param("account"),
        amount_minor=param("amount_minor"),
        captured_minor=0,
        state=OPEN,
        reference=param("reference"),
        station=param("station"),
        actor=param("actor"),
        placed_at=param("placed_at"),
        expires_at=param("expires_at"),
    ).returning(HoldRow.id)
)
_FIND = Statement(
    lambda: (
        HoldRow.select(
            HoldRow.id,
            AccountRow.code,
            HoldRow.amount_minor,
            HoldRow.captured_minor,
            HoldRow.state,
            HoldRow.reference,
            HoldRow.expires_at,
            HoldRow.account,
            AccountRow.kind,
            AccountRow.currency,
        )
        .join(AccountRow)
        .where(HoldRow.id == param("id"))
    )
)
_END = Statement(
    lambda: HoldRow.update(
        state=param("state"),
        captured_minor=param("captured_minor"),
        ended_at=param("ended_at"),
        transaction=param("transaction"),
    ).where((HoldRow.id == param("id")) & (HoldRow.state == OPEN))
)
_DUE = Statement(
    lambda: (
        HoldRow.select(HoldRow.id)
        .where((HoldRow.state == OPEN) & (HoldRow.expires_at <= param("now")))
        .order_by(HoldRow.expires_at, HoldRow.id)
        .limit(BATCH)
    )
)
_DUE_ON = Statement(
    lambda: (
        HoldRow.select(HoldRow.id)
        .where(
            (HoldRow.account == param("account"))
            & (HoldRow.state == OPEN)
            & (HoldRow.expires_at <= param("now"))
        )
        .order_by(HoldRow.id)
    )
)


class Hold(NamedTuple):
    """One hold. `state`: open, captured, released, expired. `account` is the account's path."""

    id: int
    account: str
    amount_minor: int
    captured_minor: int
    state: str
    reference: str
    expires_at: datetime | None
    account_id: int
    kind: str
    currency: str


def place_hold(
    work: Work,
    account: str,
    amount_minor: int,
    *,
    currency: str,
    reference: str,
    expires_at: datetime | None = None,
) -> int:
    """Keep an amount of what an account has; returns the hold.

    Args:
        account: its path; what it has is its debits or its credits, by its kind.
        amount_minor: more than 0.
        reference: what it is for, `order/88`.
        expires_at: when it ends by itself; None never.

    Raises:
        NotEnough: less is available; nothing was held.
        AccountClosed: the account is not active.
        ValueError: the amount is no positive whole number, or the account keeps another currency.
    """
    _check_amount(amount_minor)
    found = find_account(work, account)
    if found is None:
        raise _not_enough(account, 0, amount_minor, currency)
    if found.currency != currency:
        raise ValueError(f"account {account} keeps {found.currency}, not {currency}")
    if not found.active:
        raise AccountClosed(account=account)
    if not _take(work, found, amount_minor) and not (
        _expire_on(work, found) and _take(work, found, amount_minor)
    ):
        raise _not_enough(account, available_minor(work, account), amount_minor, currency)
    hold = work.insert(
        _ADD,
        account=found.id,
        amount_minor=amount_minor,
        reference=reference,
        station=work.actor.station,
        actor=work.actor.code,
        placed_at=work.now_ms,
        expires_at=None if expires_at is None else to_ms(expires_at),
    )
    work.record(
        "ledger.hold_placed",
        f"hold/{hold}",
        account=account,
        amount_minor=amount_minor,
        reference=reference,
    )
    return hold


def capture_hold(
    work: Work,
    hold: int,
    legs: Sequence[Leg],
    *,
    kind: str,
    business_day: str,
    amount_minor: int | None = None,
) -> int:
    """Spend what was held, or a part of it; the rest is free again. Returns the transaction.

    Args:
        legs: where it goes. The leg of the account itself is added here.
        kind, business_day: of the transaction; its reference is that of the hold.
        amount_minor: how much; None is all of it.

    Raises:
        HoldEnded: it was captured, released, or its time is over.
        NotEnough: more is wanted than was held.
        NotFound.
        ValueError: the legs do not take exactly this amount, or it is no positive whole number.
    """
    found = read_hold(work, hold)
    _check_open(work, found)
    amount_minor = found.amount_minor if amount_minor is None else amount_minor
    _check_amount(amount_minor)
    if amount_minor > found.amount_minor:
        raise _not_enough(found.account, found.amount_minor, amount_minor, found.currency)
    # What is spent must not be held any more: the database looks at each change of the balance.
    work.run(_GIVE_BACK, account=found.account_id, amount_minor=found.amount_minor)
    transaction = post(
        work,
        kind,
        business_day=business_day,
        currency=found.currency,
        reference=found.reference,
        legs=[Leg(found.account, -sign_of(found.kind) * amount_minor), *legs],
    )
    _note_end(work, found, CAPTURED, amount_minor, transaction)
    return transaction


def release_hold(work: Work, hold: int) -> None:
    """Let it go; all of it is available again. Raises HoldEnded, NotFound."""
    found = read_hold(work, hold)
    _check_open(work, found)
    _let_go(work, found, RELEASED)


def expire_holds(work: Work) -> int:
    """Let go of holds whose time is over, a hundred at most; returns how many."""
    due = list_due_holds(work)
    for hold in due:
        _let_go(work, read_hold(work, hold), EXPIRED)
    return len(due)


def list_due_holds(view: View) -> list[int]:
    """Holds whose time is over, the oldest first, a hundred at most."""
    return [row[0] for row in view.all(_DUE, now=view.now_ms)]


def read_hold(view: View, hold: int) -> Hold:
    """Raises NotFound."""
    row = view.one(_FIND, id=hold)
    if row is None:
        raise NotFound(what="Hold", key=hold)
    found = Hold(*row)
    return found._replace(expires_at=None if row[6] is None else from_ms(row[6]))


def available_minor(view: View, account: str) -> int:
    """What an account has and nobody holds; 0 for one that was never used."""
    found = find_account(view, account)
    return 0 if found is None else found.available_minor


def demand_available(view: View, account: str, amount_minor: int, currency: str) -> None:
    """Whoever posts an amount out of an account asks this first. Raises NotEnough."""
    available = available_minor(view, account)
    if available < amount_minor:
        raise _not_enough(account, available, amount_minor, currency)


def _take(work: Work, account: Account, amount_minor: int) -> bool:
    sign = sign_of(account.kind)
    return work.run(_TAKE, account=account.id, amount_minor=amount_minor, sign=sign) == 1


def _expire_on(work: Work, account: Account) -> bool:
    """Let go of what is out of time on one account; says whether anything was."""
    due = work.all(_DUE_ON, account=account.id, now=work.now_ms)
    for (hold,) in due:
        _let_go(work, read_hold(work, hold), EXPIRED)
    return bool(due)


def _let_go(work: Work, found: Hold, end: str) -> None:
    work.run(_GIVE_BACK, account=found.account_id, amount_minor=found.amount_minor)
    _note_end(work, found, end, 0, None)


def _note_end(
    work: Work, found: Hold, end: str, captured_minor: int, transaction: int | None
) -> None:
    changed = work.run(
        _END,
        id=found.id,
        state=end,
        captured_minor=captured_minor,
        ended_at=work.now_ms,
        transaction=transaction,
    )
    assert changed == 1, f"hold {found.id} ended while it was looked at"
    work.record(
        "ledger.hold_ended",
        f"hold/{found.id}",
        account=found.account,
        state=end,
        captured_minor=captured_minor,
    )


def _check_open(view: View, found: Hold) -> None:
    if found.state != OPEN:
        raise HoldEnded(hold=found.id, state=found.state)
    if found.expires_at is not None and found.expires_at <= view.now:
        raise HoldEnded(hold=found.id, state=EXPIRED)


def _check_amount(amount_minor: int) -> None:
    if type(amount_minor) is not int or amount_minor <= 0:
        raise ValueError(f"an amount of {amount_minor!r} can't be held")


def _not_enough(account: str, available: int, wanted: int, currency: str) -> NotEnough:
    show = Currency(currency).format
    return NotEnough(account=account, available=show(max(available, 0)), wanted=show(wanted))
