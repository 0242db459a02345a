"""Where messages may go: the own network is out of reach, by whatever name or notation."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiohttp.resolver import ThreadedResolver
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from venue_suite.domain.facts import Fact
from venue_suite.webhooks import sending
from venue_suite.webhooks.queue import Message, Outcome
from venue_suite.webhooks.signatures import make_secret, sign
from venue_suite.webhooks.targets import WebhookUrlRefused, check_url, may_reach

SECRET = make_secret(bytes)


def message_to(url: str) -> Message:
    return Message(1, 0, url, "msg_1", 0, 1, 0, [Fact("a.b", "c", {}, 1, 5.0)], [])


async def send(url: str, *, allow_lan: bool = False) -> Outcome:
    async with sending.open_session(allow_lan=allow_lan) as session:
        return await sending.send(session, message_to(url), [SECRET], 5.0, allow_lan=allow_lan)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hook?x=1",
        "https://example.org:8443/",
        "https://1.1.1.1/",
        "https://[2606:4700::1111]/",
        "http://127.0.0.1:8000/",
        "http://localhost:8000/",
        "http://[::1]:8000/",
        "https://127.0.0.1/",
        "https://票务.example/",
    ],
)
def test_good_address(url: str) -> None:
    check_url(url, allow_lan=False)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "begin with https"),
        ("example.org", "begin with https"),
        ("/hook", "begin with https"),
        ("https://", "begin with https|no address"),
        ("file:///etc/passwd", "begin with https"),
        ("gopher://127.0.0.1/", "begin with https"),
        ("http://example.org/", "outside of this computer"),
        ("http://192.168.1.7/", "outside of this computer"),
        ("http://127.0.0.1.example.org/", "outside of this computer"),
        ("http://localhost.example.org/", "outside of this computer"),
        ("http://2130706433/", "outside of this computer"),
        ("https://user:pw@example.org/", "no name"),
        ("https://@127.0.0.1:80@example.org/", "no name|no address"),
        ("https://example.org/#x", "no #"),
        ("https://192.168.1.7/", "inside the own network"),
        ("https://169.254.169.254/latest/meta-data", "inside the own network"),
        ("https://0.0.0.0/", "inside the own network"),
        ("https://[::]/", "inside the own network"),
        ("https://[::ffff:10.0.0.1]/", "inside the own network"),
        ("https://[fe80::1]/", "inside the own network"),
        ("https://[fd00::1]/", "inside the own network"),
        ("https://224.0.0.1/", "inside the own network"),
        ("https://example.org:99999/", "no address"),
        ("https://example.org/" + "x" * 500, "longer than 500"),
    ],
)
def test_bad_address(url: str, reason: str) -> None:
    with pytest.raises(WebhookUrlRefused, match=reason):
        check_url(url, allow_lan=False)


@pytest.mark.parametrize(
    ("address", "internet", "lan"),
    [
        ("1.1.1.1", True, True),
        ("2606:4700::1111", True, True),
        ("10.0.0.1", False, True),
        ("172.16.0.1", False, True),
        ("192.168.1.1", False, True),
        ("fd00::1", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("100.64.0.1", False, False),
        ("169.254.169.254", False, False),
        ("fe80::1", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("ff02::1", False, False),
        ("255.255.255.255", False, False),
        ("240.0.0.1", False, False),
        ("::ffff:10.0.0.1", False, True),
        ("::ffff:169.254.169.254", False, False),
        ("64:ff9b::7f00:1", False, True),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("2002:7f00:1::", False, True),
        ("2002:a00:1::", False, True),
    ],
)
def test_addresses(address: str, internet: bool, lan: bool) -> None:
    one = ip_address(address)
    assert may_reach(one, allow_lan=False) is internet
    assert may_reach(one, allow_lan=True) is lan


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads into the own network."""

    async def resolve(
        _: object, host: str, port: int = 0, family: Any = socket.AF_INET
    ) -> list[dict[str, Any]]:
        more = {"family": family, "proto": socket.IPPROTO_TCP, "flags": socket.AI_NUMERICHOST}
        found = ("127.0.0.1", "127.0.0.2")
        return [{"hostname": host, "host": one, "port": port} | more for one in found]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)


async def test_name_that_leads_inside_is_not_followed(inside: None) -> None:
    """What DNS says when the connection is made counts, not what it said before."""
    outcome = await send("https://rebinding.example/")
    assert outcome.problem.startswith("rebinding.example is inside the own network")


async def test_lan_is_reached_where_it_is_allowed(
    inside: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.5)
    outcome = await send("https://inside.example:9/", allow_lan=True)
    assert "inside the own network" not in outcome.problem


async def test_odd_notation_of_the_own_address_is_not_followed() -> None:
    for host in ("2130706433", "0x7f000001", "127.1", "0177.0.0.1"):
        outcome = await send(f"https://{host}/")
        wanted = ("inside the own network", "canonical", "no address")
        assert any(words in outcome.problem for words in wanted), (host, outcome)


# --- https ---------------------------------------------------------------------------------------


@asynccontextmanager
async def serving_tls(folder: Path) -> AsyncIterator[str]:
    """A server whose certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 204 Fine\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def test_certificate_must_be_valid(tmp_path: Path) -> None:
    async with serving_tls(tmp_path) as url:
        outcome = await send(url)
    assert outcome.problem.startswith("its certificate is not valid: self-signed certificate")


# --- signatures ----------------------------------------------------------------------------------


def test_published_example_of_the_scheme() -> None:
    """The example that the scheme's own description gives."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [secret])
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_body_is_the_same_at_every_try() -> None:
    one = message_to("https://example.org/")
    assert one.body == one.body
    assert one.body == (
        b'{"type":"venue.facts","timestamp":"1970-01-01T00:00:05Z","data":{"facts":'
        b'[{"seq":1,"at":5.0,"kind":"a.b","subject":"c","data":{}}]}}'
    )
