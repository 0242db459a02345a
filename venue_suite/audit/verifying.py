"""Is a chain whole? For the database's check and for an exported file on any other machine.

What is wrong is said in sentences; none means that nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from venue_suite.audit.chain import GENESIS, Head, hash_row


def walk(
    rows: Iterable[Sequence[Any]],
    heads: Mapping[int, Sequence[Head]],
    start: tuple[int, bytes] = (0, GENESIS),
) -> Iterator[str]:
    """Follow the chain.

    Args:
        rows: the eleven values of `chain.Entry` and the stored hash, in order.
        heads: number of an entry -> heads whose signature holds.
        start: number and hash of the entry before the first row; left out, its beginning.
    """
    last_seq, previous = start
    for row in rows:
        seq, stored = row[0], row[11]
        if seq != last_seq + 1:
            yield _out_of_order(last_seq, seq)
        digest = hash_row(previous, row[:11])
        if digest.hex() != stored:
            if seq == last_seq + 1:
                yield f"entry {seq} was changed, or the entry before it: its hash does not fit"
            digest = _bytes(stored, digest)
        if seq in heads:
            for head in heads[seq]:
                if head.hash != stored:
                    yield (
                        f"the chain up to entry {seq} was rewritten: {describe(head)} was signed "
                        "over other content"
                    )
        previous, last_seq = digest, seq
    yield from _find_lost_tail(last_seq, heads)


def _out_of_order(last_seq: int, seq: int) -> str:
    if seq <= last_seq:
        return f"entry {seq} stands behind entry {last_seq}: it was inserted or moved"
    if seq == last_seq + 2:
        return f"entry {last_seq + 1} was removed"
    return f"entries {last_seq + 1} to {seq - 1} were removed"


def _find_lost_tail(last_seq: int, heads: Mapping[int, Sequence[Head]]) -> Iterator[str]:
    farthest = max(heads, default=0)
    if farthest > last_seq:
        yield (
            f"the end was removed: the chain stops at entry {last_seq}, but "
            f"{describe(heads[farthest][0])} covers entry {farthest}"
        )


def describe(head: Head) -> str:
    """A head as people can look it up."""
    return f"the head {head.code} of {moment_text(head.at_ms)}"


def moment_text(at_ms: int) -> str:
    """A time for people, in UTC; a number that is no time as it stands."""
    try:
        moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return str(at_ms)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _bytes(stored: str, otherwise: bytes) -> bytes:
    """Go on from what is stored, so that one change is one finding."""
    try:
        digest = bytes.fromhex(stored)
    except ValueError:
        return otherwise
    return digest if len(digest) == len(GENESIS) else otherwise
