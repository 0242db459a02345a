"""The exported audit log: it proves itself on another machine, and says what was done to it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venue_suite.plugins import Jotter
from tests.venue_suite.test_audit_chain import rehashed
from venue_suite.audit.bundle import verify_bundle
from venue_suite.audit.entries import write_entry
from venue_suite.audit.exporting import export_lines
from venue_suite.audit.heads import remember_audit_key, sign_head
from venue_suite.audit.signing import HeadSigner, load_or_make_signer, load_signer
from venue_suite.audit.wire import AuditEntry, AuditHead
from venue_suite.client import ServerRefused
from venue_suite.commands import run
from venue_suite.database import Database, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.paging import Page
from venue_suite.testing import MovableClock, ServedVenue

Lines = list[dict[str, Any]]
SIGNER, OTHER = (HeadSigner(Ed25519PrivateKey.generate()) for _ in range(2))


def refund(work: Work, number: int) -> None:
    write_entry(work, "sales.refund", f"order/{number}", reason="演出取消", after={"n": number})


async def fill(database: Database, signer: HeadSigner) -> str:
    """Some entries, a Z report, and some more; returns the code on the report."""
    for number in range(4):
        await database.write(refund, number)
    head = await database.write(sign_head, signer, "z-report/1")
    for number in range(4, 8):
        await database.write(refund, number)
    return head.code


async def fill_venue(venue: ServedVenue) -> str:
    signer = await asyncio.to_thread(load_signer, venue.server.config.data_path / "keys")
    assert signer is not None
    return await fill(venue.server.database, signer)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """An exported file, and the code of a head that stands on a paper."""
    database = Database(tmp_path_factory.mktemp("export") / "venue.db")
    database.open(KERNEL_MIGRATIONS)

    async def make() -> tuple[bytes, str]:
        await database.write(remember_audit_key, SIGNER)
        code = await fill(database, SIGNER)
        return b"".join([piece async for piece in export_lines(database, SIGNER)]), code

    try:
        return asyncio.run(make())
    finally:
        database.close()


def read(content: bytes) -> Lines:
    return [json.loads(line) for line in content.splitlines()]


def write(lines: Lines) -> list[bytes]:
    return [json.dumps(line).encode() + b"\n" for line in lines]


def found(lines: Lines, **more: str) -> list[str]:
    return verify_bundle(write(lines), **more).findings


def entries_of(lines: Lines) -> list[int]:
    return [place for place, line in enumerate(lines) if "entry" in line]


def recount(lines: Lines) -> None:
    lines[-1]["end"] = {
        "heads": sum("head" in line for line in lines),
        "entries": sum("entry" in line for line in lines),
    }


def test_sound_file_is_sound(export: tuple[bytes, str]) -> None:
    content, code = export
    lines = read(content)
    assert found(lines) == []
    assert found(lines, head=code) == []
    assert found(lines, head=code.lower().replace("-", " ")) == []
    (key,) = lines[0]["keys"]
    assert found(lines, key=key, head=code) == []
    notes = verify_bundle(write(lines), head=code).notes
    assert any(code in note and "It has the head" in note for note in notes)
    assert any(key in note for note in notes)


# --- what somebody may have done to it -------------------------------------------------------


def change_a_value(lines: Lines) -> None:
    lines[entries_of(lines)[3]]["entry"][8] = "another reason"


def change_a_value_and_its_hash(lines: Lines) -> None:
    """All hashes behind it are computed anew, as the scheme says; there are only no signatures."""
    change_a_value(lines)
    places = entries_of(lines)
    rows = rehashed([(*lines[place]["entry"], "") for place in places])
    for place, row in zip(places, rows, strict=True):
        lines[place]["hash"] = row[11]


def remove_an_entry(lines: Lines) -> None:
    del lines[entries_of(lines)[3]]
    recount(lines)


def remove_an_entry_and_number_anew(lines: Lines) -> None:
    remove_an_entry(lines)
    for number, place in enumerate(entries_of(lines), 1):
        lines[place]["entry"][0] = number


def swap_entries(lines: Lines) -> None:
    one, other = entries_of(lines)[2:4]
    lines[one], lines[other] = lines[other], lines[one]


def double_an_entry(lines: Lines) -> None:
    place = entries_of(lines)[3]
    lines.insert(place, lines[place])
    recount(lines)


def cut_the_file(lines: Lines) -> None:
    del lines[-3:]


def remove_the_tail(lines: Lines) -> None:
    for place in reversed(entries_of(lines)[-3:]):
        del lines[place]
    recount(lines)


def remove_the_tail_and_its_heads(lines: Lines) -> None:
    remove_the_tail(lines)
    last = len(entries_of(lines))
    lines[:] = [line for line in lines if "head" not in line or line["head"][0] <= last]
    recount(lines)


def forge_a_signature(lines: Lines) -> None:
    head = next(line["head"] for line in lines if "head" in line)
    head[5] = "00" * 64


def spoil_a_signature(lines: Lines) -> None:
    head = next(line["head"] for line in lines if "head" in line)
    head[5] = "no number"


def move_a_head(lines: Lines) -> None:
    head = next(line["head"] for line in lines if "head" in line)
    head[0] += 1


def remove_the_heads(lines: Lines) -> None:
    lines[:] = [line for line in lines if "head" not in line]
    recount(lines)


def list_another_key_under_its_name(lines: Lines) -> None:
    for name in lines[0]["keys"]:
        lines[0]["keys"][name] = OTHER.public_key.hex()


def claim_another_count(lines: Lines) -> None:
    lines[-1]["end"]["entries"] += 1


def put_rubbish_in(lines: Lines) -> None:
    lines[entries_of(lines)[2]] = {"rubbish": 1}


def put_a_wrong_type_in(lines: Lines) -> None:
    lines[entries_of(lines)[2]]["entry"][1] = "today"


def put_a_head_behind(lines: Lines) -> None:
    lines.insert(len(lines) - 1, next(line for line in lines if "head" in line))


def say_another_format(lines: Lines) -> None:
    lines[0]["format"] = "venue-audit-9"


@pytest.mark.parametrize(
    ("deed", "wanted"),
    [
        (change_a_value, "entry 4 was changed"),
        (change_a_value_and_its_hash, "was rewritten"),
        (remove_an_entry, "entry 4 was removed"),
        (remove_an_entry_and_number_anew, "entry 4 was changed"),
        (swap_entries, "entry 3 was removed"),
        (double_an_entry, "entry 4 stands behind entry 4: it was inserted"),
        (cut_the_file, "the file is cut off"),
        (remove_the_tail, "the end was removed: the chain stops at entry"),
        (remove_the_tail_and_its_heads, "its end is not signed"),
        (forge_a_signature, "is forged or spoilt"),
        (spoil_a_signature, "is forged or spoilt"),
        (move_a_head, "is forged or spoilt"),
        (remove_the_heads, "nothing in it is signed"),
        (list_another_key_under_its_name, "which is not in the list"),
        (claim_another_count, "lines are missing"),
        (put_rubbish_in, "is neither a head, an entry nor the end"),
        (put_a_wrong_type_in, "can't be read"),
        (put_a_head_behind, "a head stands behind the entries"),
        (say_another_format, "this version can't read the format venue-audit-9"),
    ],
)
def test_what_was_done_to_it_is_said(
    export: tuple[bytes, str], deed: Callable[[Lines], None], wanted: str
) -> None:
    lines = read(export[0])
    deed(lines)
    findings = found(lines)
    assert any(wanted in finding for finding in findings), findings


def test_tail_that_was_removed_before_the_export_misses_the_printed_head(
    export: tuple[bytes, str],
) -> None:
    """Whoever holds the key can make a sound file, but not with the code on yesterday's paper."""
    content, code = export
    lines = read(content)
    kept = entries_of(lines)[:2]
    last = lines[kept[-1]]
    head = OTHER.sign(2, last["hash"], 5, "export")
    signed = [head.seq, head.hash, head.at_ms, head.occasion, head.key, head.signature]
    front = {**lines[0], "keys": {OTHER.fingerprint: OTHER.public_key.hex()}}
    forged = [front, {"head": signed}, *(lines[place] for place in kept), {"end": {}}]
    recount(forged)
    assert found(forged) == []
    (finding,) = found(forged, head=code)
    assert finding.startswith("the head that you asked for is not in it")
    (genuine,) = lines[0]["keys"]
    assert found(forged, key=genuine) == [f"it is signed by another key: {OTHER.fingerprint}"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_of_any_byte_is_found(sound: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(sound.index(b"\n"), len(sound) - 2))
    byte = data.draw(st.integers(0, 255))
    damaged = sound[:place] + bytes([byte]) + sound[place + 1 :]
    if _means(damaged) == _means(sound):
        return
    assert verify_bundle(damaged.splitlines(keepends=True)).findings != []


def _means(content: bytes) -> object:
    try:
        return [json.loads(line) for line in content.splitlines()]
    except ValueError:
        return content


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sound file of a venue that nothing happened in yet."""
    folder = tmp_path_factory.mktemp("sound")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TEST_VENUE_POSTGRESQL", raising=False)  # of the tests, not of a venue
        assert run(["--data", str(folder / "v"), "init", "--name-en", "X"]) == 0
        load_or_make_signer(folder / "v" / "keys")
        assert run(["--data", str(folder / "v"), "audit", "export", str(folder / "f")]) == 0
    return (folder / "f").read_bytes()


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"\xff\xfe", b"[" * 100_000, b"null\n"])
def test_what_is_no_export_is_said_to_be_none(content: bytes) -> None:
    assert verify_bundle(content.splitlines(keepends=True)).findings == [
        "this is no export of an audit log"
    ]


# --- commands and routes -------------------------------------------------------------------------


async def test_command_tells_what_it_found(
    bare: ServedVenue,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "audit.jsonl"
    code = await fill_venue(bare)
    content = await bare.client("manager").get_bytes("/audit/export")
    monkeypatch.delenv("TEST_VENUE_POSTGRESQL", raising=False)  # of the tests, not of a venue
    target.write_bytes(content)
    assert await asyncio.to_thread(run, ["audit", "verify", str(target), "--head", code]) == 0
    assert "Nothing in it was changed, removed or added." in capsys.readouterr().out
    lines = read(content)
    remove_an_entry(lines)
    target.write_bytes(b"".join(write(lines)))
    assert await asyncio.to_thread(run, ["audit", "verify", str(target)]) == 7
    told = capsys.readouterr()
    assert "BAD  entry 4 was removed" in told.out
    assert "is not sound. Findings: 1." in told.err
    assert await asyncio.to_thread(run, ["audit", "verify", str(tmp_path / "none")]) == 1


def test_file_is_checked_where_there_is_no_server(sound: bytes, tmp_path: Path) -> None:
    """In a fresh interpreter that refuses the packages of the server and all plugins."""
    (tmp_path / "f").write_bytes(sound)
    script = (
        "import sys\n"
        "for name in ('peewee', 'playhouse', 'apsw', 'psycopg', 'argon2', 'uvloop', "
        "'venue_plugins', 'venue_suite.database', 'venue_suite.server'):\n"
        "    sys.modules[name] = None\n"
        "from venue_suite.commands import run\n"
        "sys.exit(run(['audit', 'verify', 'f']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={name: text for name, text in os.environ.items() if not name.startswith("VENUE_")},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing in it was changed" in done.stdout


async def test_entries_are_found_by_who_what_and_when(
    bare: ServedVenue, clock: MovableClock
) -> None:
    await fill_venue(bare)
    manager = bare.client("manager")

    async def find(**asked: str | int) -> list[str]:
        page = await manager.get("/audit", Page[AuditEntry], **asked)
        return [entry.subject for entry in page.items]

    orders = [f"order/{number}" for number in reversed(range(8))]
    assert (await find(action="sales."))[:8] == orders
    assert await find(subject="order/3") == ["order/3"]
    assert (await find(actor="system/system", action="sales.refund")) == orders
    assert await find(actor="system/syste") == []
    assert await find(action="sales.refund.") == []
    assert await find(action="sales.refund", until="2020-01-01T00:00:00Z") == []
    since = (clock.now() + timedelta(days=1)).isoformat()
    assert await find(since=since) == []
    first = await manager.get("/audit", Page[AuditEntry], action="sales.", limit=5)
    rest = await manager.get("/audit", Page[AuditEntry], action="sales.", limit=5, after=first.next)
    assert [entry.subject for entry in (*first.items, *rest.items)] == orders
    assert rest.next == ""
    assert first.items[0].after == {"n": 7}
    heads = await manager.get("/audit/heads", Page[AuditHead])
    assert "z-report/1" in {head.occasion for head in heads.items}


@pytest.mark.parametrize("since", ["yesterday", "2026-11-28", "2026-11-28T06:00:00", "9" * 30])
async def test_odd_times_are_refused(bare: ServedVenue, since: str) -> None:
    with pytest.raises(ServerRefused, match="since"):
        await bare.client("manager").get("/audit", Page[AuditEntry], since=since)


@pytest.mark.parametrize("role", ["cashier", "usher", "kiosk", "console", "gate"])
@pytest.mark.parametrize("path", ["/audit", "/audit/heads", "/audit/export"])
async def test_log_is_for_managers_and_auditors(bare: ServedVenue, role: str, path: str) -> None:
    with pytest.raises(ServerRefused, match=r"permission audit\.view is missing"):
        await bare.client(role).get_bytes(path)


async def test_plugins_that_come_go_and_fail_are_written_down(
    bare_copy: Path, clock: MovableClock
) -> None:
    async def subjects(venue: ServedVenue) -> list[tuple[str, object]]:
        page = await venue.client("manager").get("/audit", Page[AuditEntry], action="plugins.")
        return [(entry.subject, entry.after) for entry in page.items]

    for plugins in ({"jotter": Jotter()}, {"jotter": Jotter()}, {"jotter": object()}):
        async with ServedVenue(bare_copy, clock, plugins=plugins) as venue:
            found = await subjects(venue)
    assert [subject for subject, _ in found] == ["plugin/jotter", "plugin/jotter"]
    newest: Any = found[0][1]
    assert newest["state"] == "failed_to_load"
    assert "does not describe itself" in newest["reason"]
