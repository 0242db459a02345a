"""A station's credentials, in the folder `station` of its data: who it is, and whom it trusts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from venue_suite.domain.errors import ServerNotOurs
from venue_suite.trust import certificates as x
from venue_suite.trust.key_files import PUBLIC, keep, naming
from venue_suite.trust.shapes import Enrolment

FOLDER = "station"
OWN, AUTHORITY, ABOUT, NEXT = "station.pem", "authority.pem", "station.json", "next.json"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is no secret. `server`: where it was paired."""

    name: str
    kind: str
    server: str = ""


class NextKey(msgspec.Struct, frozen=True, kw_only=True):
    """A renewal under way: its operation id, and the key that the new certificate is for."""

    operation_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is kept.

    Attributes:
        folder: where.
        about: name and kind.
        leaf: the station's certificate.
        authority: of the venue; nobody else is trusted.
    """

    folder: Path
    about: About
    leaf: x.Leaf
    authority: x.Leaf

    @property
    def own_file(self) -> Path:
        """Key and certificate."""
        return self.folder / OWN

    @property
    def hint(self) -> str:
        """Of the authority's key, as servers announce it."""
        return x.shown_hash(x.key_hash(x.certified_key(self.authority.certificate)))


def load_credentials(folder: Path) -> Credentials | None:
    """What is in `folder`, None if the station was not paired. Blocking. Raises KeysUnusable."""
    with naming(folder):
        if not (folder / OWN).exists():
            return None
        return Credentials(
            folder,
            msgspec.json.decode((folder / ABOUT).read_bytes(), type=About),
            x.read_certificate((folder / OWN).read_text()),
            x.read_certificate((folder / AUTHORITY).read_text()),
        )


def keep_credentials(
    folder: Path, key: x.PrivateKey, enrolment: Enrolment, server: str
) -> Credentials:
    """Keep what the server gave, once it is seen to fit. Blocking.

    Raises:
        ServerNotOurs: the certificate is not for this key, or not from the authority beside it.
        KeysUnusable: the disk refuses.
    """
    try:
        leaf, authority = (
            x.read_certificate(text) for text in (enrolment.certificate, enrolment.authority)
        )
        fits = x.certified_key(leaf.certificate) == key.public_key() and x.is_issued_by(
            leaf.certificate, x.certified_key(authority.certificate)
        )
    except ValueError:
        fits = False
    if not fits:
        raise ServerNotOurs(address=server, reason="it gave a certificate that does not fit")
    about = About(name=enrolment.name, kind=enrolment.kind, server=server)
    with naming(folder):
        keep(folder / AUTHORITY, authority.pem, PUBLIC)
        keep(folder / ABOUT, msgspec.json.encode(about).decode(), PUBLIC)
        # Last: with this file the station is paired.
        keep(folder / OWN, x.key_to_pem(key) + leaf.pem)
        (folder / NEXT).unlink(missing_ok=True)
    return Credentials(folder, about, leaf, authority)


def begin_renewal(folder: Path, operation_id: str) -> NextKey:
    """The renewal under way, or a new one; kept before anything is sent. Raises KeysUnusable."""
    with naming(folder / NEXT):
        if (folder / NEXT).exists():
            return msgspec.json.decode((folder / NEXT).read_bytes(), type=NextKey)
        following = NextKey(operation_id=operation_id, key=x.key_to_pem(x.make_key()))
        keep(folder / NEXT, msgspec.json.encode(following).decode())
        return following


def end_renewal(folder: Path) -> None:
    """Forget a renewal that was refused."""
    with naming(folder / NEXT):
        (folder / NEXT).unlink(missing_ok=True)
