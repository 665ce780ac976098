from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509

from regplan.model.probe import Certificate
from regplan.registry.certificates import read_chain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.certificates import Authority, ServerCertificate

NOW = datetime.now(UTC)


def shaken(certificate: ServerCertificate, look: Callable[[ssl.SSLObject], Any]) -> Any:
    """What `look` sees of an unverified connection to a server that shows a certificate."""
    left, right = socket.socketpair()
    with left, right:
        server = threading.Thread(target=_serve, args=(right, certificate.server_context()))
        server.start()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        connection = context.wrap_bio(incoming, outgoing)
        while True:
            try:
                connection.do_handshake()
                break
            except ssl.SSLWantReadError:
                left.sendall(outgoing.read())
                incoming.write(left.recv(65536))
        left.sendall(outgoing.read())
        server.join(10)
        return look(connection)


def _serve(end: socket.socket, context: ssl.SSLContext) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context.wrap_bio(incoming, outgoing, server_side=True)
    while True:
        try:
            connection.do_handshake()
            break
        except ssl.SSLWantReadError:
            end.sendall(outgoing.read())
            incoming.write(end.recv(65536))
    end.sendall(outgoing.read())


def chain(certificate: ServerCertificate) -> tuple[Certificate, ...]:
    found: tuple[Certificate, ...] = shaken(certificate, lambda connection: read_chain(connection, NOW))
    return found


def test_a_certificate_is_read_as_another_library_reads_it(authority: Authority) -> None:
    made = authority.good()
    leaf = x509.load_pem_x509_certificate(made.chain_file.read_bytes())

    [own] = chain(made)

    assert own.fingerprint == f"sha256:{leaf.fingerprint(leaf.signature_hash_algorithm).hex()}"  # type: ignore[arg-type]
    assert own.names == ("127.0.0.1", "localhost")
    assert own.not_before == leaf.not_valid_before_utc.isoformat()
    assert own.not_after == leaf.not_valid_after_utc.isoformat()
    assert own.days_left == (leaf.not_valid_after_utc - NOW) // timedelta(days=1)
    assert "O=trustme" in own.subject
    assert "O=trustme" in own.issuer
    assert not own.is_self_signed


def test_a_chain_is_told_as_it_was_sent(authority: Authority, tmp_path: Path) -> None:
    made = authority.good()
    both = tmp_path / "both.crt"
    both.write_bytes(made.chain_file.read_bytes() + authority.ca_file.read_bytes())

    own, issuer = chain(replace(made, chain_file=both))

    assert own.issuer == issuer.subject
    assert issuer.is_self_signed
    assert issuer.fingerprint == fingerprint(authority.ca_file.read_text())


def test_a_self_signed_and_an_expired_certificate_say_so(authority: Authority) -> None:
    [own] = chain(authority.self_signed())
    [old] = chain(authority.expired())

    assert own.is_self_signed
    assert own.subject == "CN=zot"
    assert old.days_left is not None
    assert old.days_left < 0


def test_where_python_lets_nobody_see_the_chain_the_servers_own_fingerprint_is_told(authority: Authority) -> None:
    made = authority.good()

    class Closed:
        """A connection of a Python that has no more than what is public."""

        def __init__(self, data: bytes | None) -> None:
            self.data = data

        def getpeercert(self, *, binary_form: bool) -> bytes | None:
            assert binary_form
            return self.data

    data = ssl.PEM_cert_to_DER_cert(made.chain_file.read_text().split("-----END")[0] + "-----END CERTIFICATE-----\n")
    told: Any = Closed(data)
    none: Any = Closed(None)

    assert read_chain(told, NOW) == (Certificate(f"sha256:{hashlib.sha256(data).hexdigest()}"),)
    assert read_chain(none, NOW) == ()


def test_what_a_certificate_holds_is_shown_as_one_harmless_line() -> None:
    class Odd:
        def get_info(self) -> dict[str, Any]:
            name = ((("commonName", "a\x1b[31m\nb" + "c" * 999),),)
            return {"subject": name, "issuer": name, "notAfter": "never", "notBefore": "Jan  1 00:00:00 2026 GMT"}

        def public_bytes(self, form: int) -> bytes:
            assert form == 2
            return b"odd"

    class Below:
        _sslobj = type("Shown", (), {"get_unverified_chain": staticmethod(lambda: [Odd()] * 50)})

    told: Any = Below()
    found = read_chain(told, NOW)

    assert len(found) == 10
    assert found[0].subject.startswith("CN=a?[31m?b")
    assert len(found[0].subject) < 250
    assert (found[0].not_before, found[0].not_after, found[0].days_left) == ("2026-01-01T00:00:00+00:00", "", None)


def fingerprint(pem: str) -> str:
    return f"sha256:{hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()}"
