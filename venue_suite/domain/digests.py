"""Digests of secrets: what the database keeps of a key or token instead of the thing itself."""

from __future__ import annotations

import hashlib


def hash_secret(secret: str) -> str:
    """SHA-256 of a random key or token. (A PIN is never hashed this way.)"""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
