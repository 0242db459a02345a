"""Signatures of messages, by the public scheme Standard Webhooks (symmetric, version 1).

A secret is `whsec_` and the base64 of its bytes. What is signed is `id.timestamp.body`; the header
`webhook-signature` holds `v1,` and the base64 of the HMAC-SHA256, one for each secret that is
valid, separated by spaces.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence

SECRET_BYTES = 32
PREFIX = "whsec_"
VERSION = "v1"


def make_secret(random_bytes: Callable[[int], bytes]) -> str:
    """A new secret."""
    return PREFIX + b64encode(random_bytes(SECRET_BYTES)).decode()


def sign(message_id: str, timestamp_s: int, body: bytes, secrets: Sequence[str]) -> str:
    """The header `webhook-signature`, newest secret first."""
    content = f"{message_id}.{timestamp_s}.".encode() + body
    return " ".join(f"{VERSION},{_mac(secret, content)}" for secret in secrets)


def _mac(secret: str, content: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return b64encode(hmac.digest(key, content, "sha256")).decode()
