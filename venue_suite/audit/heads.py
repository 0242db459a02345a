"""Signed heads: statements that the chain had come to an entry, kept where nobody rewrites them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from venue_suite.audit.chain import Head
from venue_suite.audit.entries import read_last, write_entry
from venue_suite.audit.signing import HeadSigner
from venue_suite.audit.tables import HeadRow
from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View, Work
from venue_suite.settings import put_setting, read_setting

logger = logging.getLogger(__name__)

KEYS_KEY = "audit_keys"

_ADD = Statement(
    lambda: HeadRow.insert(
        seq=param("seq"),
        hash=param("hash"),
        at=param("at"),
        occasion=param("occasion"),
        key=param("key"),
        signature=param("signature"),
        code=param("code"),
    )
)
_SIGNED = (
    HeadRow.seq,
    HeadRow.hash,
    HeadRow.at,
    HeadRow.occasion,
    HeadRow.key,
    HeadRow.signature,
)
_NEWEST = Statement(
    lambda: HeadRow.select(*_SIGNED).order_by(HeadRow.id.desc()).limit(param("count"))
)
_AFTER = Statement(
    lambda: (
        HeadRow.select(HeadRow.id, *_SIGNED)
        .where(HeadRow.id > param("id"))
        .order_by(HeadRow.id)
        .limit(param("count"))
    )
)


def sign_head(work: Work, signer: HeadSigner, occasion: str) -> Head:
    """Sign where the chain is now, and keep it; `code` of the result is what a paper shows.

    Args:
        signer: `call.context.heads`.
        occasion: why, `z-report/17`.
    """
    seq, digest = read_last(work)
    head = signer.sign(seq, digest.hex(), work.now_ms, occasion)
    work.run(
        _ADD,
        seq=seq,
        hash=head.hash,
        at=head.at_ms,
        occasion=occasion,
        key=head.key,
        signature=head.signature,
        code=head.code,
    )
    # The log goes to another place than the database: one more witness.
    logger.info("audit head signed", extra={"audit_seq": seq, "code": head.code})
    return head


def sign_if_moved(work: Work, signer: HeadSigner) -> Head | None:
    """Sign unless the newest head says all of it already. For the clock."""
    newest = read_newest_heads(work, 1)
    seq, digest = read_last(work)
    if newest and (newest[0].seq, newest[0].hash) == (seq, digest.hex()):
        return None
    return sign_head(work, signer, "clock")


def read_newest_heads(view: View, count: int) -> Sequence[Head]:
    """The newest heads, newest first."""
    return [Head(*row) for row in view.all(_NEWEST, count=count)]


def read_heads_after(view: View, head_id: int, count: int) -> Sequence[tuple[int, Head]]:
    """Heads with their ids from one on, in the order in which they were signed."""
    return [(row[0], Head(*row[1:])) for row in view.all(_AFTER, id=head_id, count=count)]


def read_audit_keys(view: View) -> dict[str, bytes]:
    """Fingerprint -> public key of every key that signed heads of this venue."""
    known = read_setting(view, KEYS_KEY, dict[str, str], {})
    return {fingerprint: bytes.fromhex(key) for fingerprint, key in known.items()}


def remember_audit_key(work: Work, signer: HeadSigner) -> None:
    """Keep the public half with the data. A key that the venue never used before is an event."""
    known = read_setting(work, KEYS_KEY, dict[str, str], {})
    if signer.fingerprint in known:
        return
    known[signer.fingerprint] = signer.public_key.hex()
    put_setting(work, KEYS_KEY, known)
    write_entry(work, "audit.key_added", f"key/{signer.fingerprint}", after=known)
