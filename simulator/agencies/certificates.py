"""A certificate authority of the province, and one server's certificate from it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_YEARS: Final = timedelta(days=3650)


@dataclass(frozen=True)
class Certificate:
    """Files: the authority to trust, the server's certificate, its key."""

    authority: Path
    chain: Path
    key: Path


def kept_certificate(own: Path) -> Certificate:
    """The certificate of this province for 127.0.0.1: made once, then always the same."""
    certificate = Certificate(own / "ca.pem", own / "server.pem", own / "server.key")
    if not certificate.authority.exists():
        _make(certificate)
    return certificate


def _make(files: Certificate) -> None:
    authority, server = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    issuer = _name("Simulated province")
    ours = _builder(issuer, issuer, authority, authority).add_extension(x509.BasicConstraints(True, 0), critical=True)
    signing = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    root = ours.add_extension(signing, critical=True).sign(authority, SHA256())
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")])
    theirs = _builder(_name("127.0.0.1"), issuer, server, authority).add_extension(names, critical=False)
    leaf = theirs.add_extension(x509.BasicConstraints(False, None), critical=True).sign(authority, SHA256())
    files.key.touch(0o600)
    files.key.write_bytes(server.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    files.chain.write_bytes(leaf.public_bytes(Encoding.PEM))
    # Last: where it stands, the others do too.
    files.authority.write_bytes(root.public_bytes(Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, signer: EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
