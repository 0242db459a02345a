"""Writing the exported file, a page at a time, from a live venue or from a database at rest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

from msgspec.json import Encoder

from venue_suite.audit.bundle import EXPORT, FORMAT, Counts, Front, Line
from venue_suite.audit.chain import Head
from venue_suite.audit.entries import read_last, read_rows
from venue_suite.audit.heads import read_audit_keys, read_heads_after
from venue_suite.audit.signing import HeadSigner
from venue_suite.database.facade import Database
from venue_suite.database.work import View
from venue_suite.settings import read_identity

PAGE_LENGTH = 2_000
_encode = Encoder().encode


async def export_lines(database: Database, signer: HeadSigner | None) -> AsyncIterator[bytes]:
    """Yield an exported file in pieces of whole lines, as of now.

    Args:
        signer: signs the end; without it the file can't prove where it ends.
    """
    front, last_seq, last_hash = await database.read(_begin, signer)
    yield _join([front])
    head_count = 0
    head_id = 0
    while page := await database.read(read_heads_after, head_id, PAGE_LENGTH):
        # Heads that were signed since this export began cover entries that it leaves out.
        heads = [head for _, head in page if head.seq <= last_seq]
        head_count += len(heads)
        head_id = page[-1][0]
        yield _join(map(_head_line, heads))
    if signer is not None:
        now_ms = int(database.seams.time_s() * 1000)
        yield _join([_head_line(signer.sign(last_seq, last_hash.hex(), now_ms, EXPORT))])
        head_count += 1
    entry_count, seq = 0, 1
    while seq <= last_seq:
        rows = await database.read(read_rows, seq, min(PAGE_LENGTH, last_seq - seq + 1))
        if not rows:
            break  # entries are missing; the file says so by itself
        yield _join(Line(entry=row[:11], hash=row[11]) for row in rows)
        entry_count += len(rows)
        seq = rows[-1][0] + 1
    yield _join([Line(end=Counts(heads=head_count, entries=entry_count))])


def _begin(view: View, signer: HeadSigner | None) -> tuple[Front, int, bytes]:
    keys = read_audit_keys(view)
    if signer is not None:
        keys[signer.fingerprint] = signer.public_key
    front = Front(
        format=FORMAT,
        venue=read_identity(view).name,
        exported_at=view.now.isoformat(timespec="seconds"),
        keys={fingerprint: key.hex() for fingerprint, key in keys.items()},
    )
    return (front, *read_last(view))


def _head_line(head: Head) -> Line:
    return Line(head=(head.seq, head.hash, head.at_ms, head.occasion, head.key, head.signature))


def _join(lines: Iterable[Any]) -> bytes:
    return b"".join(_encode(line) + b"\n" for line in lines)
