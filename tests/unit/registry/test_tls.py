from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError
from regplan.registry.options import HostOptions
from regplan.registry.tls import PinMismatch, make_context, parse_fingerprint, pin_check

if TYPE_CHECKING:
    from pathlib import Path

    from support.certificates import Authority

PIN = hashlib.sha256(b"certificate").hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        PIN,
        f"sha256:{PIN}",
        f"SHA256:{PIN.upper()}",
        ":".join(PIN[place : place + 2] for place in range(0, 64, 2)),
        f"sha256 Fingerprint={':'.join(PIN[place : place + 2].upper() for place in range(0, 64, 2))}",
    ],
)
def test_a_fingerprint_is_read_as_tools_print_it(text: str) -> None:
    assert parse_fingerprint(text) == PIN


@pytest.mark.parametrize("text", ["", "sha256:", "sha1:" + "0" * 40, "0" * 63, "0" * 65, "g" * 64])
def test_what_is_no_fingerprint_is_told_of(text: str) -> None:
    with pytest.raises(InputError, match="is not a fingerprint"):
        parse_fingerprint(text)


def test_names_and_chains_are_checked_unless_that_is_left_out() -> None:
    strict, loose, pinned = (
        make_context(options)
        for options in (HostOptions(), HostOptions(tls_verify=False), HostOptions(tls_fingerprint=PIN))
    )

    assert (strict.verify_mode, strict.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert loose.verify_mode == pinned.verify_mode == ssl.CERT_NONE


def test_an_own_ca_stands_beside_the_systems(authority: Authority) -> None:
    before = make_context(HostOptions()).cert_store_stats()["x509_ca"]
    after = make_context(HostOptions(ca_cert=authority.ca_file)).cert_store_stats()["x509_ca"]

    assert after == before + 1


def test_a_machine_without_certificates_gets_those_of_certifi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "nowhere"))

    assert make_context(HostOptions()).cert_store_stats()["x509_ca"] > 50


def test_a_client_certificate_that_is_none_is_named(authority: Authority, tmp_path: Path) -> None:
    good = authority.good()
    broken = tmp_path / "broken.pem"
    broken.write_text("nothing")

    make_context(HostOptions(client_cert=good.chain_file, client_key=good.key_file))
    with pytest.raises(InputError, match=f"--client-cert {broken}: not a usable PEM file"):
        make_context(HostOptions(client_cert=broken))
    with pytest.raises(InputError, match=r"--client-cert .*good.crt and .*none.key: No such file"):
        make_context(HostOptions(client_cert=good.chain_file, client_key=tmp_path / "none.key"))


class Stream:
    """A connection after its handshake."""

    def __init__(self) -> None:
        self.closed = False

    def get_extra_info(self, name: str) -> Any:
        assert name == "ssl_object"
        return self

    def getpeercert(self, *, binary_form: bool) -> bytes:
        assert binary_form
        return b"certificate"

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.anyio
async def test_a_connection_with_another_certificate_is_closed() -> None:
    good, bad = Stream(), Stream()
    await pin_check(PIN)("connection.start_tls.complete", {"return_value": good})
    await pin_check("0" * 64)("connection.connect_tcp.complete", {"return_value": bad})
    with pytest.raises(PinMismatch) as caught:
        await pin_check("0" * 64)("proxy.start_tls.complete", {"return_value": bad})

    assert caught.value.shown == PIN
    assert (good.closed, bad.closed) == (False, True)
