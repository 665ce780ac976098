from __future__ import annotations

import hashlib
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError, Unreachable
from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, HostOptions
from support import images

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.certificates import Authority
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.anyio]


async def fetch(registry: Registry, reach: HostOptions) -> bytes:
    options = ConnectionOptions({registry.address: reach})
    async with RegistryClient(options, Credentials(options, {})) as client:
        return (await client.manifest(Reference.parse(f"{registry.address}/tls/a:1"))).data


@pytest.fixture
def registry(start_registry: StartRegistry) -> Registry:
    started = start_registry(tls=True)
    images.push(started, "tls/a", images.image([images.layer(1000, seed=300)]), ["1"])
    return started


def shown_by(registry: Registry) -> str:
    """The SHA-256 of the certificate that the registry shows, asked with the standard library."""
    pem = ssl.get_server_certificate(("127.0.0.1", registry.port))
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


async def test_an_own_ca_is_trusted_where_it_is_given(registry: Registry) -> None:
    assert await fetch(registry, HostOptions(ca_cert=registry.ca_file))


async def test_an_unknown_ca_is_named_with_the_option_that_mends_it(registry: Registry) -> None:
    with pytest.raises(
        Unreachable, match=f"{registry.address} is signed by an unknown CA.*--ca-cert={registry.address}="
    ):
        await fetch(registry, HostOptions())


async def test_a_certificate_for_another_name_is_told_from_an_unknown_ca(
    start_registry: StartRegistry, authority: Authority
) -> None:
    registry = start_registry(tls=authority.misnamed())

    with pytest.raises(Unreachable, match=f"the certificate of {registry.address} is for another name"):
        await fetch(registry, HostOptions(ca_cert=registry.ca_file))


async def test_an_expired_certificate_is_told_from_an_unknown_ca(
    start_registry: StartRegistry, authority: Authority
) -> None:
    registry = start_registry(tls=authority.expired())

    with pytest.raises(Unreachable, match=f"the certificate of {registry.address} has expired"):
        await fetch(registry, HostOptions(ca_cert=registry.ca_file))


async def test_a_pinned_certificate_needs_no_ca(registry: Registry) -> None:
    assert await fetch(registry, HostOptions(tls_fingerprint=f"sha256:{shown_by(registry)}"))


async def test_another_certificate_than_the_pinned_one_is_refused_before_anything_is_sent(registry: Registry) -> None:
    registry.forget_requests()

    with pytest.raises(Unreachable, match=f"another certificate than the pinned one: sha256:{shown_by(registry)}"):
        await fetch(registry, HostOptions(ca_cert=registry.ca_file, tls_fingerprint="sha256:" + "0" * 64))

    assert registry.requests() == []


async def test_checks_can_be_left_out_where_that_is_asked_for(registry: Registry) -> None:
    assert await fetch(registry, HostOptions(tls_verify=False))


async def test_a_registry_with_tls_that_is_asked_in_plain_http_says_so(registry: Registry) -> None:
    with pytest.raises(Exception, match="leave out --plain-http"):
        await fetch(registry, HostOptions(plain_http=True))


async def test_a_ca_file_that_is_none_is_an_input_error_that_names_it(registry: Registry, tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")

    with pytest.raises(InputError, match=f"--ca-cert {broken}: not a usable PEM file"):
        await fetch(registry, HostOptions(ca_cert=broken))
    with pytest.raises(InputError, match=r"--ca-cert .*absent.pem: No such file"):
        await fetch(registry, HostOptions(ca_cert=tmp_path / "absent.pem"))


class _Handler(BaseHTTPRequestHandler):
    """Answers every request with one manifest."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's name)
        """Say nothing."""


class _Server(HTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of handshakes that fail: the test is about what the client says."""


@pytest.fixture
def choosy(authority: Authority) -> Iterator[str]:
    """HOST:PORT of a server that wants a certificate of its clients."""
    good = authority.good()
    context = good.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    # With TLS 1.3 the refusal comes after the request, and a connection that is reset can swallow it.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(authority.ca_file)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(10)


async def fetch_at(address: str, reach: HostOptions) -> bytes:
    options = ConnectionOptions({address: reach})
    async with RegistryClient(options, Credentials(options, {})) as client:
        return (await client.manifest(Reference.parse(f"{address}/tls/a:1"))).data


async def test_a_client_certificate_is_shown_where_it_is_given(choosy: str, authority: Authority) -> None:
    own = authority.good()
    reach = HostOptions(ca_cert=authority.ca_file, client_cert=own.chain_file, client_key=own.key_file)

    assert await fetch_at(choosy, reach) == b"{}"


async def test_a_server_that_wants_a_client_certificate_says_so(choosy: str, authority: Authority) -> None:
    with pytest.raises(Unreachable, match=f"{choosy} .*wants a client certificate.*--client-cert={choosy}=FILE"):
        await fetch_at(choosy, HostOptions(ca_cert=authority.ca_file))
