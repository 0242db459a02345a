"""X.509 as this suite uses it: one authority per venue, its server's and its stations' leaves.

All keys are ECDSA on P-256, all signatures ECDSA with SHA-256. The authority signs leaves only
(path length 0). A server's leaf may only serve and a station's may only ask (extended key usage),
so a stolen station can't pretend to be the server. The authority is constrained to private networks
and local names: a person who trusts it in a browser trusts it for nothing on the internet.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from venue_suite.domain.errors import BadRequest

AUTHORITY_LIFE = timedelta(days=3653)
SERVER_LIFE = timedelta(days=90)
STATION_LIFE = timedelta(days=400)
BACKDATED = timedelta(hours=1)  # a clock that is a little behind must not refuse what is new
LOCAL_DOMAINS = ("local", "lan", "home", "internal", "localdomain", "home.arpa", "localhost")
PRIVATE_NETWORKS = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16"),
    *("100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10"),
)
REQUEST_BYTES_MAX = 2048

PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certificate with the facts that others ask of it."""

    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the whole certificate, hexadecimal."""
        return fingerprint(self.certificate.public_bytes(serialization.Encoding.DER))

    @property
    def serial(self) -> str:
        return f"{self.certificate.serial_number:x}"

    @property
    def issued_at(self) -> datetime:
        return self.certificate.not_valid_before_utc

    @property
    def expires_at(self) -> datetime:
        return self.certificate.not_valid_after_utc

    def is_due(self, now: datetime) -> bool:
        """Whether two thirds of its life are over."""
        return now >= self.issued_at + (self.expires_at - self.issued_at) * 2 / 3


def fingerprint(der: bytes) -> str:
    """How a certificate is recognised."""
    return sha256(der).hexdigest()


def make_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_to_pem(key: PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def key_from_pem(text: str) -> PrivateKey:
    """Raises ValueError for anything but a P-256 key."""
    key = serialization.load_pem_private_key(text.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not _is_p256(key.public_key()):
        raise ValueError("it is not a key on the curve P-256")
    return key


def read_certificate(text: str) -> Leaf:
    """The first certificate of a PEM text. Raises ValueError."""
    return Leaf(x509.load_pem_x509_certificate(text.encode()))


def public_bytes(key: PublicKey) -> bytes:
    """A public key as 33 bytes (compressed point)."""
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)


def public_key_of(data: bytes) -> PublicKey:
    """The reverse of `public_bytes`. Raises ValueError."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)


def certified_key(certificate: x509.Certificate) -> PublicKey:
    """The key that a certificate speaks for. Raises ValueError unless it is on P-256."""
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not _is_p256(key):
        raise ValueError("its key is not on the curve P-256")
    return key


def key_hash(key: PublicKey) -> bytes:
    """SHA-256 of a public key (SubjectPublicKeyInfo), 32 bytes: how people and pins name it."""
    spki = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return sha256(spki).digest()


def shown_hash(digest: bytes) -> str:
    """The first eight bytes for people to compare: `7F3A-91C2-0D44-B1E8`."""
    text = digest[:8].hex().upper()
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))


def make_request(key: PrivateKey) -> str:
    """A certificate request: a public key, signed by its own private key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name("station"))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def read_request(text: str) -> PublicKey:
    """The key of a request that proves to own it. Nothing else in the request counts.

    Raises:
        BadRequest: it is malformed, not on P-256, or not signed by its own key.
    """
    if len(text) > REQUEST_BYTES_MAX:
        raise BadRequest(reason="the certificate request is too long")
    try:
        request = x509.load_pem_x509_csr(text.encode())
        key = request.public_key()
        is_signed = request.is_signature_valid
    except Exception as error:  # the parser's own errors are of many kinds; the text is hostile
        raise BadRequest(reason="the certificate request can't be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not _is_p256(key) or not is_signed:
        raise BadRequest(reason="the certificate request proves no key on the curve P-256")
    return key


def make_authority(key: PrivateKey, now: datetime, own_names: Iterable[str] = ()) -> Leaf:
    """The venue's own authority, for ten years.

    Args:
        own_names: names and addresses of this machine that are neither private nor local.
    """
    public = key.public_key()
    permitted: list[x509.GeneralName] = [x509.DNSName(domain) for domain in LOCAL_DOMAINS]
    permitted += [x509.IPAddress(ipaddress.ip_network(one)) for one in PRIVATE_NETWORKS]
    permitted += [_permit(one) for one in own_names if not is_permitted(one)]
    subject = _name(f"Venue suite authority {shown_hash(key_hash(public))}")
    builder = (
        _begin(subject, subject, public, now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(is_authority=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return Leaf(builder.sign(key, hashes.SHA256()))


def make_server_leaf(
    authority: Leaf, authority_key: PrivateKey, key: PublicKey, names: Sequence[str], now: datetime
) -> Leaf:
    """The server's certificate for 90 days.

    Args:
        names: host names and addresses at which it may be reached.
    """
    subject = _name("Venue server")
    builder = _begin(subject, authority.certificate.subject, key, now, SERVER_LIFE)
    general = [_general_name(name) for name in names]
    builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
    return _sign_leaf(builder, authority, authority_key, ExtendedKeyUsageOID.SERVER_AUTH)


def make_station_leaf(
    authority: Leaf, authority_key: PrivateKey, key: PublicKey, station_id: int, now: datetime
) -> Leaf:
    """A station's certificate for 400 days. It names a row, so that a station can be renamed."""
    subject = _name(f"Venue station {station_id}")
    builder = _begin(subject, authority.certificate.subject, key, now, STATION_LIFE)
    return _sign_leaf(builder, authority, authority_key, ExtendedKeyUsageOID.CLIENT_AUTH)


def is_issued_by(leaf: x509.Certificate, authority: PublicKey) -> bool:
    """Whether the authority with this key signed the certificate."""
    algorithm = leaf.signature_hash_algorithm
    if not isinstance(algorithm, hashes.SHA256):
        return False
    try:
        authority.verify(leaf.signature, leaf.tbs_certificate_bytes, ec.ECDSA(algorithm))
    except InvalidSignature:
        return False
    return True


def may_serve(leaf: x509.Certificate) -> bool:
    """Whether a certificate is that of a server."""
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.SERVER_AUTH in usage


def is_permitted(name: str) -> bool:
    """Whether every venue's authority may sign for a name or address: private and local ones."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return any(name == domain or name.endswith(f".{domain}") for domain in LOCAL_DOMAINS)
    networks = [ipaddress.ip_network(one) for one in PRIVATE_NETWORKS]
    return any(address in one for one in networks if one.version == address.version)


def names_of(leaf: Leaf) -> set[str]:
    """Host names and addresses in a server's certificate."""
    extensions = leaf.certificate.extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(one) for one in names.get_values_for_type(x509.IPAddress)} | set(
        names.get_values_for_type(x509.DNSName)
    )


def constrained_to(authority: Leaf) -> list[x509.GeneralName]:
    """What the authority may sign for."""
    extensions = authority.certificate.extensions
    constraints = extensions.get_extension_for_class(x509.NameConstraints).value
    return list(constraints.permitted_subtrees or [])


def _is_p256(key: PublicKey) -> bool:
    return isinstance(key.curve, ec.SECP256R1)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _permit(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(name))
    except ValueError:
        return x509.DNSName(name)


def _begin(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + life)
    )


def _sign_leaf(
    builder: x509.CertificateBuilder,
    authority: Leaf,
    authority_key: PrivateKey,
    usage: x509.ObjectIdentifier,
) -> Leaf:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
        .add_extension(identifier, critical=False)
    )
    return Leaf(builder.sign(authority_key, hashes.SHA256()))


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
