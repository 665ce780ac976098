from __future__ import annotations

import hashlib
import ssl
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError, RegistryError, Unreachable
from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, HostOptions
from support import images
from support.answers import Reply, serve
from support.certificates import new_authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.certificates import Authority, ServerCertificate
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


async def refusal(certificate: ServerCertificate, reach: HostOptions) -> tuple[str, str]:
    """What is said of a server that shows a certificate, and the server's address."""
    with serve(lambda _: Reply(200, b"{}"), certificate.server_context()) as served:
        with pytest.raises(Unreachable) as caught:
            await fetch_at(served.address, reach)
        assert served.asked == []
        return str(caught.value), served.address


async def test_every_fault_of_a_certificate_is_one_sentence_of_its_own(authority: Authority) -> None:
    trusted = HostOptions(ca_cert=authority.ca_file)
    told = {
        "signed by an unknown CA": await refusal(authority.good(), HostOptions()),
        "signed by itself and by no CA": await refusal(authority.self_signed(), trusted),
        "is for another name": await refusal(authority.misnamed(), trusted),
        "has expired": await refusal(authority.expired(), trusted),
        "is not valid yet": await refusal(authority.not_yet_valid(), trusted),
        "shows another certificate than the pinned one": await refusal(
            authority.good(), HostOptions(tls_fingerprint="0" * 64)
        ),
    }

    for words, (sentence, address) in told.items():
        assert words in sentence
        assert address in sentence
        assert "\n" not in sentence
        assert [other for other in told if other in sentence] == [words]


async def test_a_self_signed_certificate_is_trusted_where_it_is_given_or_pinned(authority: Authority) -> None:
    own = authority.self_signed()
    pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(own.chain_file.read_text())).hexdigest()
    with serve(lambda _: Reply(200, b"{}"), own.server_context()) as served:
        assert await fetch_at(served.address, HostOptions(ca_cert=own.ca_file)) == b"{}"
        assert await fetch_at(served.address, HostOptions(tls_fingerprint=pin)) == b"{}"


async def test_a_client_certificate_of_an_unknown_ca_is_told_from_a_missing_one(
    choosy: str, authority: Authority, tmp_path: Path
) -> None:
    other = new_authority(tmp_path / "other").good()
    reach = HostOptions(ca_cert=authority.ca_file, client_cert=other.chain_file, client_key=other.key_file)

    with pytest.raises(Unreachable, match=f"{choosy} does not know the CA of the client certificate"):
        await fetch_at(choosy, reach)


async def test_a_server_whose_tls_is_too_old_is_told_of(authority: Authority) -> None:
    context = authority.good().server_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with serve(lambda _: Reply(200, b"{}"), context) as served, pytest.raises(Unreachable, match="no TLS that is safe"):
        await fetch_at(served.address, HostOptions(ca_cert=authority.ca_file))


async def test_plain_http_at_a_tls_port_says_so_whatever_the_server_does(authority: Authority) -> None:
    with (
        serve(lambda _: Reply(200, b"{}"), authority.good().server_context()) as served,
        pytest.raises(RegistryError, match="if it speaks TLS, leave out --plain-http"),
    ):
        await fetch_at(served.address, HostOptions(plain_http=True))


async def test_nginxs_page_for_plain_http_at_a_tls_port_is_understood() -> None:
    page = b"<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>"
    with (
        serve(lambda _: Reply(400, page, {"Content-Type": "text/html"})) as served,
        pytest.raises(RegistryError, match="it speaks TLS, so leave out --plain-http"),
    ):
        await fetch_at(served.address, HostOptions(plain_http=True))


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
