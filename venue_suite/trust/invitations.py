"""An invitation as text: short enough for a QR code that a terminal can show, safe in any shell.

`VSP1` and base32 of: public key of the authority 33 | token 16 | expires 4 | kind 1 | length of the
address 1 | address | name. The key itself stands there and not its hash, which would be as long: so
the station can check the server's certificate inside the handshake, before it has said anything.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from venue_suite.domain.errors import Refused
from venue_suite.trust.certificates import public_key_of

PREFIX = "VSP1"
TOKEN_BYTES = 16
KINDS = ("kiosk", "console", "gate")
_HEAD = struct.Struct(">33s16sIBB")
_TEXT_CHARS_MAX = 1024


class InvitationUnreadable(Refused):
    """A text that is no invitation, or only a part of one."""

    code = "invitation_unreadable"
    default_template = "This is not an invitation, or only a part of one."


@dataclass(frozen=True, slots=True)
class InvitationText:
    """What an invitation says.

    Attributes:
        authority_key: public key of the venue's authority, 33 bytes.
        token: to be used once.
        expires_at: aware, whole seconds.
        address: `host:port`.
    """

    authority_key: bytes
    token: bytes
    expires_at: datetime
    kind: str
    address: str
    name: str

    def write(self) -> str:
        """The text."""
        address = self.address.encode()
        head = _HEAD.pack(
            self.authority_key,
            self.token,
            int(self.expires_at.timestamp()),
            KINDS.index(self.kind),
            len(address),
        )
        text = base64.b32encode(head + address + self.name.encode()).decode()
        return PREFIX + text.rstrip("=")


def read_invitation(text: str) -> InvitationText:
    """Read what a person pasted or a scanner read; hostile. Raises InvitationUnreadable."""
    text = "".join(text.split()).upper()
    if not text.startswith(PREFIX) or len(text) > _TEXT_CHARS_MAX:
        raise InvitationUnreadable
    digits = text.removeprefix(PREFIX)
    try:
        data = base64.b32decode(digits + "=" * (-len(digits) % 8))
        key, token, expires, kind, length = _HEAD.unpack(data[: _HEAD.size])
        rest = data[_HEAD.size :]
        public_key_of(key)
        address, name = rest[:length].decode(), rest[length:].decode()
        if not name or len(rest) < length:
            raise InvitationUnreadable
        expires_at = datetime.fromtimestamp(expires, UTC)
        return InvitationText(key, token, expires_at, KINDS[kind], address, name)
    except (binascii.Error, struct.error, ValueError, IndexError) as error:
        raise InvitationUnreadable from error
