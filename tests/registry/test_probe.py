"""One host looked at, against real TLS servers and registries on loopback."""

from __future__ import annotations

import json
import ssl
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError, Unreachable
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, Credential, HostOptions, Login, Secret
from regplan.registry.probe import examine_host
from support import images
from support.answers import Asked, Reply, serve
from support.proxy import Proxy, serve_proxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from regplan.model.probe import HostFound
    from support.certificates import Authority
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.anyio]

SECRET = "hunter2-pa55word"
BASIC = {"WWW-Authenticate": 'Basic realm="Authorization Required"', "Docker-Distribution-Api-Version": "registry/2.0"}
ZOT = json.dumps({"extensions": [{"name": "_zot"}]}).encode()


async def look(host: str, reach: HostOptions | None = None, user: str = "") -> HostFound:
    login = Login(host, Credential(user, Secret(SECRET), origin="the test")) if user else None
    options = ConnectionOptions({host: reach or HostOptions()}, login=login)
    return await examine_host(host, options, Credentials(options, {"HOME": "/nonexistent"}))


def registry_like(page: str = "", body: bytes = b"", *, open_to: str = "") -> Callable[[Asked], Reply]:
    """A registry that wants a basic login, or none, and has one page beside `/v2/`."""

    def answer(asked: Asked) -> Reply:
        if open_to and "authorization" not in asked.headers:
            return Reply(401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', BASIC)
        if asked.path == page:
            return Reply(200, body, {"Content-Type": "application/json"})
        return Reply(200, b"{}") if asked.path == "/v2/" else Reply(404, b"404 page not found\n")

    return answer


async def test_a_trusted_registry_is_told_with_its_certificate_kind_login_and_abilities(
    start_registry: StartRegistry, registry_program: object
) -> None:
    registry = start_registry("basic", tls=True)
    images.push(registry, "doctor/a", images.image([images.layer(1000, seed=1)]), ["1"])
    reach = HostOptions(ca_cert=registry.ca_file)
    login = Login(registry.address, Credential(registry.user, Secret(registry.password), origin="the test"))
    options = ConnectionOptions({registry.address: reach}, login=login)

    found = await examine_host(registry.address, options, Credentials(options, {}))

    assert (found.problem, found.status) == ("", 401)
    assert found.tls is not None
    assert (found.tls.version, found.tls.trusted_by, found.tls.problem) == ("TLSv1.3", "ca-cert", "")
    assert [each.names for each in found.tls.chain] == [("127.0.0.1", "localhost")]
    assert found.kind is not None
    assert found.kind.name.startswith("distribution" if registry_program is None else "regplan serve")
    assert found.login is not None
    assert (found.login.scheme, found.login.origin, found.login.accepted) == ("basic", "the test", True)
    # Debian's registry is of version 2.8, which knows no referrers; ours does.
    assert found.referrers == ("unsupported" if registry_program is None else "supported")


async def test_a_token_server_is_told_and_a_login_without_rights_or_none_is_told_from_a_good_one(
    token_registry: Registry,
) -> None:
    reach = HostOptions(plain_http=True)
    options = ConnectionOptions({token_registry.address: reach})

    found = await examine_host(token_registry.address, options, Credentials(options, {}))
    wrong = await look(token_registry.address, reach, user="palette")

    assert found.tls is None
    assert found.login is not None
    assert found.login.scheme == "bearer"
    assert found.login.realm.endswith("/token")
    assert found.login.service
    assert wrong.login is not None
    assert wrong.login.accepted is False
    assert "the test" in wrong.login.reason
    assert SECRET not in repr(wrong)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        ("good", "unknown-ca"),
        ("self_signed", "self-signed"),
        ("misnamed", "other-name"),
        ("expired", "expired"),
        ("not_yet_valid", "not-yet-valid"),
    ],
)
async def test_a_certificate_that_is_not_trusted_is_shown_and_no_login_is_sent(
    authority: Authority, make: str, problem: str
) -> None:
    certificate = getattr(authority, make)()
    reach = HostOptions() if problem == "unknown-ca" else HostOptions(ca_cert=authority.ca_file)
    with serve(registry_like("/v2/_oci/ext/discover", ZOT), certificate.server_context()) as served:
        found = await look(served.address, reach, user="me")

    assert found.tls is not None
    assert (found.tls.problem, found.tls.trusted_by) == (problem, "")
    assert served.address in found.tls.reason
    assert found.tls.chain[0].fingerprint.startswith("sha256:")
    assert found.kind is not None
    assert found.kind.name == "Zot"
    assert all("authorization" not in each.headers for each in served.asked)


async def test_what_was_said_of_all_hosts_does_not_keep_the_certificate_from_being_shown(authority: Authority) -> None:
    good = authority.good()
    everywhere = HostOptions(tls_fingerprint="0" * 64, client_cert=good.chain_file, client_key=good.key_file)
    options = ConnectionOptions({"*": everywhere})
    context = good.server_context()
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(authority.ca_file)
    shown: list[object] = []

    def sees(asked: Asked) -> Reply:
        shown.append(asked.client)
        return Reply(200, b"{}")

    with serve(sees, context) as served:
        found = await examine_host(served.address, options, Credentials(options, {}))

    assert found.tls is not None
    assert found.tls.problem == "other-certificate"
    assert found.tls.chain
    # None of our own certificates was shown to who is not trusted.
    assert shown
    assert not any(shown)


async def test_offline_nobody_is_asked() -> None:
    options = ConnectionOptions(offline=True)

    with pytest.raises(Unreachable, match="--offline allows no connection"):
        await examine_host("127.0.0.1:1", options, Credentials(options, {}))


async def test_a_pin_is_trust_and_another_certificate_than_the_pinned_is_shown(authority: Authority) -> None:
    with serve(registry_like(), authority.good().server_context()) as served:
        unknown = await look(served.address)
        assert unknown.tls is not None
        pinned = await look(served.address, HostOptions(tls_fingerprint=unknown.tls.chain[0].fingerprint))
        other = await look(served.address, HostOptions(tls_fingerprint="0" * 64))

    assert pinned.tls is not None
    assert pinned.tls.trusted_by == "fingerprint"
    assert other.tls is not None
    assert (other.tls.problem, other.tls.chain) == ("other-certificate", unknown.tls.chain)


async def test_checks_that_were_left_out_are_made_all_the_same(authority: Authority) -> None:
    with serve(registry_like(open_to="me"), authority.good().server_context()) as served:
        found = await look(served.address, HostOptions(tls_verify=False), user="me")

    assert found.tls is not None
    assert found.tls.problem == "unknown-ca"
    assert found.login is not None
    assert found.login.accepted is None
    assert all("authorization" not in each.headers for each in served.asked)


@pytest.mark.parametrize(
    ("page", "body", "name"),
    [
        ("/v2/_oci/ext/discover", ZOT, "Zot"),
        ("/api/v2.0/systeminfo", b'{"auth_mode": "db_auth", "harbor_version": "v2.12.2"}', "Harbor"),
        ("/api/v1/version", b'{"version": "1.24.0"}', "Gitea or Forgejo"),
        ("/nothing", b"", "distribution (registry:2), or one that is built on it"),
    ],
)
async def test_a_kind_is_told_by_pages_that_are_asked_for_with_the_login(page: str, body: bytes, name: str) -> None:
    with serve(registry_like(page, body, open_to="me")) as served:
        found = await look(served.address, HostOptions(plain_http=True), user="me")

    assert found.kind is not None
    assert found.kind.name == name
    assert found.login is not None
    assert (found.login.accepted, found.login.origin) == (True, "the test")


async def test_referrers_that_are_listed_are_supported() -> None:
    index = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'

    def answer(asked: Asked) -> Reply:
        return Reply(200, index if "referrers" in asked.path else b"{}")

    def unnamed(asked: Asked) -> Reply:
        unknown = b'{"errors":[{"code":"NAME_UNKNOWN"}]}'
        return Reply(404, unknown) if "referrers" in asked.path else Reply(200, b"{}")

    with serve(answer) as served, serve(unnamed) as other:
        found = await look(served.address, HostOptions(plain_http=True))
        unsure = await look(other.address, HostOptions(plain_http=True))

    assert (found.referrers, unsure.referrers) == ("supported", "unknown")


async def test_a_web_page_is_no_registry_however_long_it_is() -> None:
    page = b"<html>" + b"x" * 500_000
    with serve(lambda _: Reply(200, page, {"Content-Type": "text/html"})) as served:
        found = await look(served.address, HostOptions(plain_http=True))

    assert found.kind is not None
    assert (found.kind.is_registry, found.kind.name, found.login) == (False, "no registry: a web page", None)


async def test_a_host_that_cannot_be_reached_or_speaks_otherwise_is_one_sentence(open_registry: Registry) -> None:
    closed = await look("127.0.0.1:1")
    plain = await look(open_registry.address)

    assert closed.problem.startswith("127.0.0.1:1 cannot be reached: nothing listens there")
    assert (
        f"does not speak TLS; if it is meant to be plain HTTP, say --plain-http={open_registry.address}"
        in plain.problem
    )
    assert closed.tls is plain.tls is None


async def test_tls_where_plain_http_was_asked_for_is_one_sentence(authority: Authority) -> None:
    with serve(registry_like(), authority.good().server_context()) as served:
        found = await look(served.address, HostOptions(plain_http=True))

    assert "if it speaks TLS, leave out --plain-http" in found.problem


async def test_a_certificate_file_that_is_none_is_an_input_error(authority: Authority, tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("none")
    with (
        serve(registry_like(), authority.good().server_context()) as served,
        pytest.raises(InputError, match="--ca-cert"),
    ):
        await look(served.address, HostOptions(ca_cert=broken))


async def test_docker_hub_tells_what_is_left_of_its_pulls(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker Hub as far as its names lead through a proxy: its registry and its token server, on loopback."""
    certificate = authority.named("registry-1.docker.io", "auth.docker.io")
    challenge = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"'

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/token"):
            return Reply(200, b'{"token": "t0ken"}', {"Content-Type": "application/json"})
        if asked.headers.get("authorization") != "Bearer t0ken":
            return Reply(401, b"{}", {"WWW-Authenticate": challenge})
        limits = {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "87;w=21600"}
        return Reply(200, b"{}", limits if "/manifests/" in asked.path else {})

    with ExitStack() as stack:
        served = stack.enter_context(serve(answer, certificate.server_context()))
        ports = {"registry-1.docker.io": served.port, "auth.docker.io": served.port}
        proxy = stack.enter_context(serve_proxy(Proxy(ports)))
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        options = ConnectionOptions({"*": HostOptions(ca_cert=authority.ca_file)})
        found = await examine_host("docker.io", options, Credentials(options, {"HOME": "/nonexistent"}))

    assert found.kind is not None
    assert found.kind.name == "Docker Hub"
    assert found.login is not None
    assert (found.login.scheme, found.login.origin, found.login.accepted) == ("bearer", "", True)
    assert found.rate_limit is not None
    assert (found.rate_limit.host, found.rate_limit.remaining) == ("docker.io", 87)
    assert not [each for each in served.asked if "/manifests/" in each.path and each.method != "HEAD"]
    assert found.tls is not None
    assert found.tls.chain[0].names == ("registry-1.docker.io", "auth.docker.io")
