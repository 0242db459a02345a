"""Ticket tokens: what was signed comes back, and nothing else is taken for a ticket."""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from venue_suite.domain.errors import DatabaseUnusable
from venue_suite.ticket_tokens import (
    PREFIX,
    TOKEN_CHARS,
    TicketSigner,
    TicketToken,
    TokenForeign,
    TokenNotRecognised,
    decode_digits,
    encode_digits,
    load_or_make_key,
    read_token,
)

SIGNER = TicketSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = TicketSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
KEYS = {SIGNER.key_id: SIGNER.public_key}
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$%*+-./:"
TOKEN = TicketToken(
    184220,
    1,
    17,
    datetime(2026, 11, 28, 11, 0, tzinfo=UTC),
    datetime(2026, 11, 28, 14, 0, tzinfo=UTC),
)
KNOWN_TEXT = (
    "VS1:00%RFAO6.DV:5C4ZAF7YO+DQYFX%M*EX+FBE-IOG8VH%Q.:RXX3+WEG9SYA4*Y3U:W"
    "*704QEROHQF-HZFCP8C97G/.5HEF3GW5*4G90X7WAK0-$7Z$KKIG00*N47RP:00.7WXN"
)

seconds = st.integers(0, 2**32 - 1).map(lambda s: datetime.fromtimestamp(s, UTC))
tokens = st.builds(
    TicketToken,
    ticket_id=st.integers(0, 2**64 - 1),
    generation=st.integers(0, 255),
    performance_id=st.integers(0, 2**32 - 1),
    valid_from=seconds,
    valid_until=seconds,
    admits=st.integers(0, 255),
)


@given(tokens)
def test_what_was_signed_comes_back(token: TicketToken) -> None:
    text = SIGNER.sign(token)
    assert len(text) == TOKEN_CHARS == 138
    assert read_token(text, KEYS) == token


@given(tokens)
def test_code_is_version_six_at_level_m(token: TicketToken) -> None:
    code = segno.make(SIGNER.sign(token), error="m", boost_error=False, micro=False)
    assert (code.version, code.error) == (6, "M")
    assert code.mode == "alphanumeric"


def test_known_token() -> None:
    """The format is a promise to papers that are sold: this text must open for ever."""
    text = SIGNER.sign(TOKEN)
    assert text == KNOWN_TEXT
    assert read_token(KNOWN_TEXT, KEYS) == TOKEN


def right_class(text: str) -> type[Exception]:
    """A changed token is foreign if it still names a key in the right shape, else no ticket."""
    try:
        data = decode_digits(text.removeprefix(PREFIX))
    except ValueError:
        return TokenNotRecognised
    if data[0] == 1 and data[1:5] != SIGNER.key_id:
        return TokenForeign
    return TokenNotRecognised


def test_every_change_of_one_character_is_refused() -> None:
    text = SIGNER.sign(TOKEN)
    seen = set()
    for place in range(len(text)):
        for char in DIGITS + " a中\n\x00":
            changed = text[:place] + char + text[place + 1 :]
            if changed == text:
                continue
            wanted = right_class(changed) if changed.startswith(PREFIX) else TokenNotRecognised
            with pytest.raises(TokenNotRecognised) as caught:
                read_token(changed, KEYS)
            assert type(caught.value) is wanted
            seen.add(wanted)
    assert seen == {TokenForeign, TokenNotRecognised}


def test_every_cut_and_growth_is_refused() -> None:
    text = SIGNER.sign(TOKEN)
    for length in range(len(text)):
        for part in (text[:length], text[length + 1 :], text[:length] + text[length + 1 :]):
            with pytest.raises(TokenNotRecognised):
                read_token(part, KEYS)
    for grown in (
        text + "0",
        "0000" + text[4:],
        "0" + text,
        text + "\n",
        " " + text,
        text + text,
        text.lower(),
    ):
        with pytest.raises(TokenNotRecognised):
            read_token(grown, KEYS)


def test_other_key_is_foreign_and_an_old_key_stays_good() -> None:
    text = OTHER.sign(TOKEN)
    with pytest.raises(TokenForeign):
        read_token(text, KEYS)
    assert read_token(text, KEYS | {OTHER.key_id: OTHER.public_key}) == TOKEN
    with pytest.raises(TokenForeign):
        read_token(text, {})


def test_key_id_of_this_venue_on_a_strangers_signature_is_no_ticket() -> None:
    forger = TicketSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34))))
    forger.key_id = SIGNER.key_id
    with pytest.raises(TokenNotRecognised) as caught:
        read_token(forger.sign(TOKEN), KEYS)
    assert type(caught.value) is TokenNotRecognised


@given(st.one_of(st.text(max_size=200), st.text(DIGITS, min_size=134, max_size=134)))
def test_no_text_breaks_the_reader(text: str) -> None:
    for code in (text, PREFIX + text):
        with pytest.raises(TokenNotRecognised):
            read_token(code, KEYS)


@given(st.binary(min_size=91, max_size=91))
def test_digits_give_the_bytes_back(data: bytes) -> None:
    digits = encode_digits(data)
    assert len(digits) == 134
    assert set(digits) <= set(DIGITS)
    assert decode_digits(digits) == data


@pytest.mark.parametrize(
    ("name", "value"), [("admits", 256), ("generation", 256), ("ticket_id", -1)]
)
def test_what_does_not_fit_is_not_signed(name: str, value: int) -> None:
    with pytest.raises(struct.error):
        SIGNER.sign(replace(TOKEN, **{name: value}))  # type: ignore[arg-type]


# --- the key file ------------------------------------------------------------------------------


def test_key_is_made_once_and_for_the_server_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = load_or_make_key(folder)
    second = load_or_make_key(folder)
    assert first.private_bytes_raw() == second.private_bytes_raw()
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_half_a_key_of_a_crash_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(DatabaseUnusable, match="No space left"):
            load_or_make_key(tmp_path)
    assert not (tmp_path / "ticket-signing.key").exists()
    assert load_or_make_key(tmp_path).private_bytes_raw()


@pytest.mark.parametrize("text", ["", "no key", "abcd", "ff" * 33])
def test_spoilt_key_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ticket-signing.key"
    file.write_text(text)
    with pytest.raises(DatabaseUnusable, match=r"ticket-signing\.key can't be used: it holds no"):
        load_or_make_key(tmp_path)
    assert file.read_text() == text
