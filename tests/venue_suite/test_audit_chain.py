"""The chain of the audit log: whatever is done to it behind the venue's back is found."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import apsw
import msgspec
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from venue_suite.audit import checks, heads
from venue_suite.audit.chain import GENESIS, Entry, Head, hash_row, plain_code
from venue_suite.audit.entries import read_last, read_rows, write_entry
from venue_suite.audit.signing import HeadSigner
from venue_suite.audit.verifying import walk
from venue_suite.database import Actor, Database, View, Work
from venue_suite.database.work import Operation
from venue_suite.domain.actors import Approval
from venue_suite.domain.errors import Refused
from venue_suite.settings import UNNAMED, put_identity
from venue_suite.testing import MovableClock

SIGNER = HeadSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
LENGTH = 12
MANAGER = Actor("staff", "M-1", "Mei", "console-1")
CASHIER = Actor("staff", "7", "Lin", "console-1")
DRIVER_REFUSALS = (apsw.ConstraintError, psycopg.errors.RaiseException)

Rows = list[tuple[Any, ...]]


def chain(length: int = LENGTH) -> Rows:
    """A sound chain as it is stored."""
    rows: Rows = []
    previous = GENESIS
    for seq in range(1, length + 1):
        entry = Entry(
            seq, 1_000 * seq, "staff/7", "", "console-1", f"op{seq}", "sales.reprint",
            f"ticket/{seq}", "torn", '{"generation":1}', '{"generation":2}',
        )  # fmt: skip
        previous = hash_row(previous, entry)
        rows.append((*entry, previous.hex()))
    return rows


def rehashed(rows: Sequence[tuple[Any, ...]]) -> Rows:
    """What somebody would do who knows the scheme, but has not the key."""
    done: Rows = []
    previous = GENESIS
    for row in rows:
        previous = hash_row(previous, row[:11])
        done.append((*row[:11], previous.hex()))
    return done


def head_over(rows: Rows) -> dict[int, list[Head]]:
    return {rows[-1][0]: [SIGNER.sign(rows[-1][0], rows[-1][11], 5_000, "clock")]}


def findings(rows: Rows, known: dict[int, list[Head]] | None = None) -> list[str]:
    return list(walk(rows, known or {}))


# --- the scheme itself ---------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
entries = st.builds(
    Entry, st.integers(1, 2**62), st.integers(0, 2**50), texts, texts, texts, texts, texts, texts,
    texts, st.none() | texts, st.none() | texts,
)  # fmt: skip


@given(entries, st.binary(min_size=32, max_size=32))
def test_anybody_can_compute_the_hash_with_common_tools(entry: Entry, previous: bytes) -> None:
    """A second implementation: Python's own JSON and SHA-256."""
    row = json.dumps(list(entry), ensure_ascii=False, separators=(",", ":")).encode()
    assert hash_row(previous, entry) == sha256(previous + row).digest()


def test_the_scheme_stays_as_it_is() -> None:
    """Old files must verify for ever: a vector that was written down once."""
    entry = Entry(1, 1795845900000, "staff/7", "staff/M-1", "console-1", "01ABC", "sales.refund",
                  "order/8", "演出取消 \"x\"\n", None, '{"a":1}')  # fmt: skip
    assert hash_row(GENESIS, entry).hex() == (
        "0aca6237a76b74be7cfe29b0873728247f0ba4430b22ceb5c3887684ac5b8e32"
    )


def test_sound_chain_has_no_findings() -> None:
    rows = chain()
    assert findings([]) == []
    assert findings(rows, head_over(rows)) == []


# --- whatever is done to it -----------------------------------------------------------------------

row_numbers = st.integers(0, LENGTH - 1)


@given(st.data())
def test_any_change_of_any_value_is_found(data: st.DataObject) -> None:
    rows = chain()
    place, column = data.draw(row_numbers), data.draw(st.integers(0, 11))
    old = rows[place][column]
    new = data.draw(st.integers(0, 2**40) if isinstance(old, int) else texts | st.none())
    if new == old or (column == 11 and not isinstance(new, str)):
        return
    changed = list(rows[place])
    changed[column] = new
    rows[place] = tuple(changed)
    assert findings(rows) != []


@given(st.integers(0, LENGTH - 2), st.integers(1, LENGTH))
def test_any_removal_is_found(place: int, count: int) -> None:
    rows = chain()
    del rows[place : min(place + count, LENGTH - 1)]
    found = findings(rows)
    assert len(found) == 1
    assert "removed" in found[0]


@given(row_numbers, row_numbers)
def test_any_swap_is_found(one: int, other: int) -> None:
    if one == other:
        return
    rows = chain()
    rows[one], rows[other] = rows[other], rows[one]
    assert findings(rows) != []
    numbered = [(seq, *row[1:]) for seq, row in enumerate(rows, 1)]
    assert findings(numbered) != []


@given(row_numbers, row_numbers, st.booleans())
def test_any_insertion_is_found(place: int, source: int, renumber: bool) -> None:
    rows = chain()
    rows.insert(place, rows[source])
    if renumber:
        rows = [(seq, *row[1:]) for seq, row in enumerate(rows, 1)]
    assert findings(rows) != []


@given(st.integers(1, LENGTH))
def test_removed_tail_is_found_by_a_known_head_and_only_by_it(count: int) -> None:
    rows = chain()
    known = head_over(rows)
    cut = rows[:-count]
    assert findings(cut) == []
    (found,) = findings(cut, known)
    assert found.startswith("the end was removed: the chain stops at entry")


@given(row_numbers, texts)
def test_rewritten_chain_is_found_by_a_signed_head(place: int, reason: str) -> None:
    """Who may write to the database can compute new hashes, but no new signatures."""
    rows = chain()
    known = head_over(rows)
    if reason == "torn":
        return
    rows[place] = (*rows[place][:8], reason, *rows[place][9:])
    forged = rehashed(rows)
    assert findings(forged) == []
    (found,) = findings(forged, known)
    assert found.startswith(f"the chain up to entry {LENGTH} was rewritten")


@settings(max_examples=50)
@given(st.integers(0, 63), st.integers(1, 255))
def test_any_change_of_a_signature_is_found(place: int, bits: int) -> None:
    rows = chain(3)
    head = head_over(rows)[3][0]
    assert head.is_signed_by(SIGNER.public_key)
    signature = bytearray.fromhex(head.signature)
    signature[place] ^= bits
    forged = Head(head.seq, head.hash, head.at_ms, head.occasion, head.key, signature.hex())
    assert not forged.is_signed_by(SIGNER.public_key)
    assert forged.code != head.code


def test_code_is_short_and_forgiving() -> None:
    code = head_over(chain())[LENGTH][0].code
    assert len(code) == 14
    assert code.count("-") == 2
    assert plain_code(code.lower().replace("-", " ")) == plain_code(code)
    assert plain_code("oIl0") == "0110"


# --- in the database ------------------------------------------------------------------------------


def sell_again(work: Work, ticket: int) -> int:
    return write_entry(
        work, "sales.reprint", f"ticket/{ticket}", reason="torn", after={"b": 1, "a": [True, None]}
    )


def violations(view: View) -> list[str]:
    return [*checks.check_chain(view), *checks.check_heads(view)]


async def test_entry_says_who_where_when_and_in_which_operation(
    database: Database, clock: MovableClock
) -> None:
    approved = CASHIER.approved_by(Approval("sales.refund", None, MANAGER))
    operation = Operation("01OPERATION", b"same")
    await database.commit(sell_again, 5, actor=approved, operation=operation)
    ((seq, at_ms, *rest, _),) = await database.read(read_rows, 1, 10)
    assert seq == 1
    assert abs(at_ms / 1000 - clock.time_s()) < 5
    assert rest == [
        "staff/7", "staff/M-1", "console-1", "01OPERATION", "sales.reprint", "ticket/5", "torn",
        None, '{"a":[true,null],"b":1}',
    ]  # fmt: skip


async def test_entry_of_a_repeated_operation_is_written_once(database: Database) -> None:
    operation = Operation("01OPERATION", b"same")
    for _ in range(3):
        await database.commit(sell_again, 5, operation=operation)
    assert len(await database.read(read_rows, 1, 10)) == 1


async def test_entry_goes_with_its_cause_and_leaves_no_gap(database: Database) -> None:
    def refuse(work: Work) -> None:
        sell_again(work, 1)
        raise Refused(reason="no")

    await database.write(sell_again, 1)
    with pytest.raises(Refused):
        await database.write(refuse)
    await database.write(sell_again, 2)
    assert [row[0] for row in await database.read(read_rows, 1, 10)] == [1, 2]
    assert await database.read(violations) == []


async def test_odd_texts_are_kept_as_far_as_an_engine_can(database: Database) -> None:
    def write(work: Work) -> None:
        write_entry(work, "a.b", "x/\0", reason="\ud800 \u202e 座位 \x7f", after={"k": "\0\n"})

    await database.write(write)
    ((*values, _),) = await database.read(read_rows, 1, 1)
    assert values[7:9] == ["x/\N{REPLACEMENT CHARACTER}", "? \u202e 座位 \x7f"]
    assert values[10] == r'{"k":"\u0000\n"}'
    assert await database.read(violations) == []


@pytest.mark.parametrize("table", ["audit_entry", "audit_head"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET hash = 'x'", "DELETE FROM {}"])
async def test_the_database_refuses_changes_even_by_hand(
    database: Database, table: str, statement: str
) -> None:
    await database.write(sell_again, 1)
    await database.write(heads.sign_head, SIGNER, "clock")

    def by_hand(work: Work) -> None:
        work.session.change(statement.format(table), ())

    with pytest.raises(DRIVER_REFUSALS, match="append-only"):
        await database.write(by_hand)


async def plant(database: Database, *statements: str) -> None:
    """Somebody with the rights of the database's owner takes the triggers away first."""

    def by_hand(work: Work) -> None:
        on = "" if work.session.dialect == "sqlite" else " ON {0}"
        for table in ("audit_entry", "audit_head"):
            for verb in ("update", "delete"):
                work.session.change(f"DROP TRIGGER {table}_no_{verb}" + on.format(table), ())
        for statement in statements:
            work.session.change(statement, ())

    await database.write(by_hand)


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("UPDATE audit_entry SET reason = 'x' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit_entry SET at = at + 1 WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit_entry SET after = NULL WHERE seq = 2", "entry 2 was changed"),
        ("DELETE FROM audit_entry WHERE seq = 2", "entry 2 was removed"),
        ("DELETE FROM audit_entry WHERE seq = 1", "entry 1 was removed"),
        ("UPDATE audit_entry SET seq = 9 WHERE seq = 2", "entry 2 was removed"),
        ("DELETE FROM audit_entry WHERE seq = 4", "covers entry 4, which is not there"),
        ("UPDATE audit_head SET seq = 3", "was signed over another entry 3"),
        ("UPDATE audit_head SET at = at + 1", "is forged"),
        ("UPDATE audit_head SET signature = 'zz'", "is forged"),
        ("UPDATE audit_head SET key = 'other'", "is not this venue's"),
        ("UPDATE setting SET value = '{}' WHERE key = 'audit_keys'", "is not this venue's"),
    ],
)
async def test_verify_finds_what_was_planted(
    database: Database, statement: str, wanted: str
) -> None:
    await database.write(heads.remember_audit_key, SIGNER)
    for ticket in range(3):
        await database.write(sell_again, ticket)
    await database.write(heads.sign_head, SIGNER, "clock")
    assert await database.read(violations) == []
    await plant(database, statement)
    found = await database.read(violations)
    assert any(wanted in sentence for sentence in found), found


async def test_short_cut_looks_at_what_is_new(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "PAGE_LENGTH", 3)
    for ticket in range(10):
        await database.write(sell_again, ticket)
    clock.advance(3600)
    since = clock.now()
    for ticket in range(10):
        await database.write(sell_again, ticket)

    async def found() -> list[str]:
        return await database.read(lambda view: list(checks.check_chain_since(view, since)))

    assert await found() == []
    await plant(
        database,
        "UPDATE audit_entry SET reason = 'x' WHERE seq = 2",
        "UPDATE audit_entry SET reason = 'x' WHERE seq = 15",
    )
    assert await found() == ["entry 15 was changed, or the entry before it: its hash does not fit"]


async def test_venue_that_is_named_anew_is_on_record(database: Database) -> None:
    named = msgspec.structs.replace(UNNAMED, name={"en": "Lantern House"})
    for _ in range(2):
        await database.write(put_identity, named)
    ((*values, _),) = await database.read(read_rows, 1, 10)
    assert values[6:8] == ["venue.change", "venue"]
    assert values[9] is None
    assert msgspec.json.decode(values[10])["name"] == {"en": "Lantern House"}


async def test_verify_finds_a_whole_chain_that_was_written_anew(database: Database) -> None:
    await database.write(heads.remember_audit_key, SIGNER)
    await database.write(sell_again, 1)
    await database.write(heads.sign_head, SIGNER, "clock")
    ((_, *rest, _), second) = await database.read(read_rows, 1, 2)
    forged = rehashed([(1, *rest[:7], "another reason", *rest[8:], ""), second])
    await plant(
        database,
        "DELETE FROM audit_entry",
        *(f"INSERT INTO audit_entry VALUES ({', '.join(map(_literal, row))})" for row in forged),
    )
    assert await database.read(lambda view: list(checks.check_chain(view))) == []
    (found,) = await database.read(violations)
    assert "was signed over another entry 2 than the one that is there" in found


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


# --- heads ----------------------------------------------------------------------------------------


async def test_clock_signs_only_what_moved(database: Database) -> None:
    await database.write(heads.remember_audit_key, SIGNER)
    first = await database.write(heads.sign_if_moved, SIGNER)
    assert first is not None
    assert first.seq == 1
    assert await database.write(heads.sign_if_moved, SIGNER) is None
    await database.write(sell_again, 1)
    second = await database.write(heads.sign_if_moved, SIGNER)
    assert second is not None
    assert second.hash == (await database.read(read_last))[1].hex()
    assert await database.read(heads.read_newest_heads, 9) == [second, first]


async def test_z_report_signs_whenever_it_is_made(database: Database) -> None:
    one = await database.write(heads.sign_head, SIGNER, "z-report/1")
    other = await database.write(heads.sign_head, SIGNER, "z-report/2")
    assert one.code != other.code
    assert one.is_signed_by(SIGNER.public_key)


async def test_key_of_the_venue_is_an_event_once(database: Database) -> None:
    for _ in range(3):
        await database.write(heads.remember_audit_key, SIGNER)
    ((*values, _),) = await database.read(read_rows, 1, 10)
    assert values[6:8] == ["audit.key_added", f"key/{SIGNER.fingerprint}"]
    assert msgspec.json.decode(values[10]) == {SIGNER.fingerprint: SIGNER.public_key.hex()}


def test_chain_is_checked_fast() -> None:
    """Far slower than it is, and still enough: a million entries in ten seconds."""
    rows = chain(20_000)
    best_s = 9.0
    for _ in range(3):
        began_s = time.perf_counter()
        assert findings(rows) == []
        best_s = min(best_s, time.perf_counter() - began_s)
    assert len(rows) / best_s > 100_000
