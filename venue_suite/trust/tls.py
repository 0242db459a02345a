"""TLS contexts: 1.3 only, the venue's own authority and no other, times judged by our own clock.

OpenSSL is told not to look at the time. It knows only the machine's clock, which on a small
computer without a battery may say 1970, and it would cut off a station whose certificate has just
expired before that could ask for a new one. Server and stations judge the time themselves.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography import x509

from venue_suite.trust import certificates

_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, which Python has no name for
Judge = Callable[[bytes], str]  # a peer's certificate (DER) -> why it is refused, "" if it is not


class _JudgedTls(ssl.SSLObject):
    """A connection whose peer is judged when the handshake ends, before anything is said."""

    def do_handshake(self) -> None:
        super().do_handshake()
        judge: Judge | None = getattr(self.context, "judge", None)
        if judge is not None and (reason := judge(self.getpeercert(True) or b"")):
            raise ssl.SSLCertVerificationError(1, reason)


class JudgingContext(ssl.SSLContext):
    """A client's context. `judge` has the last word about the server's certificate."""

    sslobject_class = _JudgedTls
    judge: Judge


def make_server_context(file: Path, authority_pem: str) -> ssl.SSLContext:
    """For the server: a client may show a certificate, and one that is shown must be ours.

    Args:
        file: the server's key with its certificates.
        authority_pem: who signed the stations' certificates.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= _NO_CHECK_TIME
    context.load_verify_locations(cadata=authority_pem)
    context.load_cert_chain(file)
    context.num_tickets = 0  # stations stay connected; nobody resumes
    context.set_alpn_protocols(["http/1.1"])
    return context


def make_client_context(
    authority_pem: str, now: Callable[[], datetime], own: Path | None = None
) -> JudgingContext:
    """For whoever knows the venue's authority: only a server that it certified is spoken to.

    Which name or address led there does not matter; the authority certifies no other server.

    Args:
        now: the clock that the server's certificate must not have outlived.
        own: file with this station's key and certificate.
    """
    context = _make_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= _NO_CHECK_TIME
    context.load_verify_locations(cadata=authority_pem)
    if own is not None:
        context.load_cert_chain(own)

    def judge(der: bytes) -> str:
        leaf = certificates.Leaf(x509.load_der_x509_certificate(der))
        if leaf.expires_at < now():
            return f"its certificate ended on {leaf.expires_at:%Y-%m-%d}; is this clock right?"
        return ""

    context.judge = judge
    return context


def make_invited_context(authority_key: bytes) -> JudgingContext:
    """For a station that knows the public key of the authority from an invitation."""
    authority = certificates.public_key_of(authority_key)
    context = _make_context()
    context.verify_mode = ssl.CERT_NONE  # OpenSSL has no certificate to check with; `judge` does it

    def judge(der: bytes) -> str:
        leaf = x509.load_der_x509_certificate(der)
        if certificates.is_issued_by(leaf, authority) and certificates.may_serve(leaf):
            return ""
        return "its certificate is not from the venue that invited this station"

    context.judge = judge
    return context


def make_provisional_context() -> JudgingContext:
    """For a station that knows nothing yet. Who answers is proved later, by the code."""
    context = _make_context()
    context.verify_mode = ssl.CERT_NONE
    context.judge = lambda _: ""
    return context


def _make_context() -> JudgingContext:
    context = JudgingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.set_alpn_protocols(["http/1.1"])
    return context
