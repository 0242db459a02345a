"""The venue's own certificate authority, in the server's `keys` folder, and what it signs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from venue_suite.trust import certificates as x
from venue_suite.trust.key_files import PUBLIC, keep, naming, one_at_a_time

logger = logging.getLogger(__name__)

AUTHORITY_KEY, AUTHORITY = "venue-ca.key", "venue-ca.pem"
SERVER = "server.pem"  # key, certificate and authority in one file, which is replaced at once


@dataclass(frozen=True, slots=True)
class Authority:
    """The venue's authority.

    Attributes:
        folder: where its files are.
        certificate: its own certificate, which stations pin.
        key: with which it signs.
    """

    folder: Path
    certificate: x.Leaf
    key: x.PrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.pem

    @property
    def key_hash(self) -> bytes:
        """SHA-256 of its public key."""
        return x.key_hash(self.key.public_key())

    @property
    def public_bytes(self) -> bytes:
        """Its public key, 33 bytes."""
        return x.public_bytes(self.key.public_key())

    def issue_station(self, key: x.PublicKey, station_id: int, now: datetime) -> x.Leaf:
        """A certificate for a station's key."""
        return x.make_station_leaf(self.certificate, self.key, key, station_id, now)

    def keep_server(self, names: Sequence[str], now: datetime) -> x.Leaf:
        """The server's certificate: the one that is kept, or a new one with a new key.

        A new one is made when there is none, when two thirds of its life are over, and when this
        machine has a name or address that it does not tell. Blocking.

        Raises:
            KeysUnusable: the files can't be read or written.
        """
        wanted = [name for name in names if self._may_sign_for(name)]
        file = self.folder / SERVER
        with naming(file), one_at_a_time(self.folder):
            if file.exists():
                kept = x.read_certificate(file.read_text())
                is_ours = x.is_issued_by(kept.certificate, self.key.public_key())
                if is_ours and not kept.is_due(now) and x.names_of(kept) >= set(wanted):
                    return kept
            key = x.make_key()
            leaf = x.make_server_leaf(self.certificate, self.key, key.public_key(), wanted, now)
            keep(file, x.key_to_pem(key) + leaf.pem + self.pem)
        logger.info("made a server certificate", extra={"until": leaf.expires_at.isoformat()})
        return leaf

    def _may_sign_for(self, name: str) -> bool:
        if x.is_permitted(name):
            return True
        constraints = {str(one.value) for one in x.constrained_to(self.certificate)}
        return name in constraints or f"{name}/32" in constraints or f"{name}/128" in constraints


def load_or_make_authority(folder: Path, now: datetime, own_names: Sequence[str] = ()) -> Authority:
    """The authority in `folder`, made at the first call. Blocking.

    Raises:
        KeysUnusable: its files can't be read or written, or one of the two is missing.
    """
    key_file, file = folder / AUTHORITY_KEY, folder / AUTHORITY
    with naming(folder), one_at_a_time(folder):
        if key_file.exists():
            key = x.key_from_pem(key_file.read_text())
            if not file.exists():  # a crash between the two: the key is what counts
                keep(file, x.make_authority(key, now, own_names).pem, PUBLIC)
            certificate = x.read_certificate(file.read_text())
            if x.certified_key(certificate.certificate) != key.public_key():
                raise ValueError(f"{AUTHORITY} does not belong to {AUTHORITY_KEY}")
            return Authority(folder, certificate, key)
        if file.exists():
            raise ValueError(f"{AUTHORITY_KEY} is missing; put it back from the backup")
        key = x.make_key()
        certificate = x.make_authority(key, now, own_names)
        keep(key_file, x.key_to_pem(key))
        keep(file, certificate.pem, PUBLIC)
    logger.info(
        "made the venue's authority", extra={"key": x.shown_hash(x.key_hash(key.public_key()))}
    )
    return Authority(folder, certificate, key)
