"""A certificate authority of our own, with good, expired and misnamed certificates for loopback servers."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Authority", "ServerCertificate", "new_authority"]

LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """What a server shows: its chain and key as PEM files, and the CA file that a client must trust."""

    chain_file: Path
    key_file: Path
    ca_file: Path

    def server_context(self) -> ssl.SSLContext:
        """The context for a Python server that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain_file, self.key_file)
        return context


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority, its own certificate in a file, and a folder to issue into."""

    ca: trustme.CA
    folder: Path

    @property
    def ca_file(self) -> Path:
        """The PEM file that makes a client trust this authority."""
        return self.folder / "ca.crt"

    def good(self) -> ServerCertificate:
        """A certificate for 127.0.0.1 (as an IP address) and localhost."""
        return self._write("good", self.ca.issue_cert(*LOOPBACK))

    def expired(self) -> ServerCertificate:
        """A certificate for 127.0.0.1 that ended yesterday."""
        now = dt.datetime.now(dt.UTC)
        issued, ended = now - dt.timedelta(days=30), now - dt.timedelta(days=1)
        return self._write("expired", self.ca.issue_cert(*LOOPBACK, not_before=issued, not_after=ended))

    def misnamed(self) -> ServerCertificate:
        """A valid certificate for another host than 127.0.0.1."""
        return self._write("misnamed", self.ca.issue_cert("registry.example.org"))

    def not_yet_valid(self) -> ServerCertificate:
        """A certificate for 127.0.0.1 that begins tomorrow."""
        now = dt.datetime.now(dt.UTC)
        begins, ends = now + dt.timedelta(days=1), now + dt.timedelta(days=30)
        return self._write("early", self.ca.issue_cert(*LOOPBACK, not_before=begins, not_after=ends))

    def ending_in(self, days: int) -> ServerCertificate:
        """A certificate for 127.0.0.1 that ends in so many days and an hour."""
        now = dt.datetime.now(dt.UTC)
        ends = now + dt.timedelta(days=days, hours=1)
        return self._write(f"ending-{days}", self.ca.issue_cert(*LOOPBACK, not_after=ends))

    def named(self, *names: str) -> ServerCertificate:
        """A certificate for other names, such as those that only a proxy leads anywhere."""
        return self._write("named", self.ca.issue_cert(*names))

    def self_signed(self) -> ServerCertificate:
        """A certificate for 127.0.0.1 that nobody but itself has signed."""
        now, name = dt.datetime.now(dt.UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "zot")])
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        draft = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        draft = draft.serial_number(x509.random_serial_number()).add_extension(names, critical=False)
        draft = draft.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=364))
        made = draft.sign(key, hashes.SHA256())
        chain_file, key_file = self.folder / "self.crt", self.folder / "self.key"
        chain_file.write_bytes(made.public_bytes(Encoding.PEM))
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return ServerCertificate(chain_file, key_file, chain_file)

    def _write(self, name: str, issued: trustme.LeafCert) -> ServerCertificate:
        chain_file, key_file = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        chain_file.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        key_file.write_bytes(issued.private_key_pem.bytes())
        return ServerCertificate(chain_file, key_file, self.ca_file)


def new_authority(folder: Path) -> Authority:
    """Make an authority that keeps its files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority(trustme.CA(), folder)
    authority.ca_file.write_bytes(authority.ca.cert_pem.bytes())
    return authority
