"""HTTPS on the local network: a certificate of the demonstration's own, and a QR code to open it on a phone."""

from __future__ import annotations

import ipaddress
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_DAYS = 30


def local_address() -> str:
    """This machine's address on its local network; 127.0.0.1 where it has none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): only asks which way a packet would leave
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def make_certificate(folder: Path, address: str) -> tuple[Path, Path]:
    """A self-signed certificate and its key (mode 0600) for an address; kept while it is valid for it."""
    certificate_path, key_path = folder / "lan-certificate.pem", folder / "lan-key.pem"
    if certificate_path.exists() and key_path.exists() and _fits(certificate_path, address):
        return certificate_path, key_path
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Doorstep demonstration")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("localhost")]
                + ([] if address == "127.0.0.1" else [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
            ),
            critical=False,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secret)
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return certificate_path, key_path


def _fits(path: Path, address: str) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasts = certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=1)
    return lasts and ipaddress.ip_address(address) in names.get_values_for_type(x509.IPAddress)


def print_qr(url: str) -> None:
    """Print an address as a QR code on the terminal."""
    segno.make(url, error="m").terminal(compact=True, border=2)
