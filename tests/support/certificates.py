"""A certificate authority of our own, with good, expired and misnamed certificates for loopback servers."""

from __future__ import annotations

import datetime as dt
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme

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
