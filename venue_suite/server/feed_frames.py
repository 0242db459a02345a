"""Facts as bytes on a WebSocket: encoded once, the same bytes for every follower."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from venue_suite.domain.facts import Fact
from venue_suite.wire import FeedMessage

CAUGHT_UP = "feed.caught_up"

_FINAL_TEXT = 0x81
_encode = msgspec.json.Encoder().encode


def encode_fact(fact: Fact) -> bytes:
    """A fact as one message."""
    data = dict(fact.data)
    return _encode(
        FeedMessage(seq=fact.seq, at=fact.at, kind=fact.kind, subject=fact.subject, data=data)
    )


def frame(payload: bytes) -> bytes:
    """One whole, unmasked text message of RFC 6455, as a server sends it."""
    size = len(payload)
    if size < 126:
        return bytes((_FINAL_TEXT, size)) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", _FINAL_TEXT, 126, size) + payload
    return struct.pack("!BBQ", _FINAL_TEXT, 127, size) + payload


def caught_up(seq: int) -> bytes:
    """The frame that tells a follower that it has all up to `seq`."""
    return frame(encode_fact(Fact(CAUGHT_UP, "feed", {}, seq)))


@dataclass(frozen=True, slots=True)
class Parcel:
    """Some facts in a row for one group of followers. All of them share it.

    Attributes:
        frames: (seq, frame) of each.
        blob: all frames together.
    """

    frames: Sequence[tuple[int, bytes]]
    blob: bytes

    @classmethod
    def of(cls, frames: Sequence[tuple[int, bytes]]) -> Parcel:
        blob = frames[0][1] if len(frames) == 1 else b"".join(one for _, one in frames)
        return cls(frames, blob)

    def after(self, seq: int) -> bytes:
        """What in it lies behind `seq`."""
        if self.frames[0][0] > seq:
            return self.blob
        return b"".join(one for number, one in self.frames if number > seq)
