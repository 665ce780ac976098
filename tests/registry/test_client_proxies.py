"""Proxies from the environment, against a real proxy on loopback."""

from __future__ import annotations

import logging
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import RegistryError
from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, HostOptions
from support.answers import Asked, Reply, Served, serve
from support.proxy import Proxy, serve_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.certificates import Authority

pytestmark = [pytest.mark.registry, pytest.mark.anyio]

HOST = "registry.example.org"  # the name in the authority's `misnamed` certificate; nobody looks it up
LOGIN = "proxyuser:pr0xy-pa55word"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Setting:
    """A registry that has a name only for the proxy, the proxy, and how the registry's certificate is trusted."""

    registry: Served
    proxy: Proxy
    reach: HostOptions


def manifest(_: Asked) -> Reply:
    return Reply(200, b"{}", {"Content-Type": MANIFEST})


@pytest.fixture
def setting(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    certificate = authority.misnamed()
    with ExitStack() as stack:
        registry = stack.enter_context(serve(manifest, certificate.server_context()))
        proxy = stack.enter_context(serve_proxy(Proxy({HOST: registry.port}, LOGIN)))
        monkeypatch.setenv("HTTPS_PROXY", f"http://{LOGIN}@{proxy.address}")
        yield Setting(registry, proxy, HostOptions(ca_cert=certificate.ca_file))


async def fetch(host: str, reach: HostOptions) -> bytes:
    options = ConnectionOptions({host: reach})
    async with RegistryClient(options, Credentials(options, {})) as client:
        return (await client.manifest(Reference.parse(f"{host}/a/b:1"))).data


async def test_a_registry_is_asked_through_the_proxy_with_its_own_certificate_checked(setting: Setting) -> None:
    assert await fetch(HOST, setting.reach) == b"{}"

    assert setting.proxy.asked == [f"CONNECT {HOST}:443"]
    assert [each.path for each in setting.registry.asked] == ["/v2/a/b/manifests/1"]
    assert "proxy-authorization" not in setting.registry.asked[0].headers


async def test_plain_http_goes_through_the_proxy_for_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(manifest) as registry, serve_proxy(Proxy({HOST: registry.port})) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")

        assert await fetch(HOST, HostOptions(plain_http=True)) == b"{}"

        assert proxy.asked == [f"GET http://{HOST}/v2/a/b/manifests/1"]


async def test_this_very_machine_is_never_asked_through_a_proxy(setting: Setting, authority: Authority) -> None:
    with serve(manifest, authority.good().server_context()) as here:
        assert await fetch(here.address, setting.reach) == b"{}"
        assert await fetch(f"localhost:{here.port}", setting.reach) == b"{}"

    assert setting.proxy.asked == []


@pytest.mark.parametrize("no_proxy", [HOST, ".example.org", "other.example, registry.example.org", "*"])
async def test_what_no_proxy_names_is_asked_directly(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    ask = socket.getaddrinfo

    def look_up(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        """A name server that knows one name."""
        return ask("127.0.0.1" if host in {HOST, HOST.encode()} else host, port, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setenv("NO_PROXY", no_proxy)

    assert await fetch(f"{HOST}:{setting.registry.port}", setting.reach) == b"{}"

    assert setting.proxy.asked == []


async def test_a_proxys_login_shows_in_no_message_and_no_log(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = LOGIN.replace("pr0xy", "wr0ng")
    monkeypatch.setenv("HTTPS_PROXY", f"http://{wrong}@{setting.proxy.address}")

    with pytest.raises(RegistryError, match=r"the proxy on the way refuses \(407") as caught:
        await fetch(HOST, setting.reach)
    monkeypatch.setenv("HTTPS_PROXY", f"http://{LOGIN}@{setting.proxy.address}")
    await fetch(HOST, setting.reach)

    shown = f"{caught.value}{caught.value.request}{caplog.text}"
    for secret in ("pa55word", "cHJveHl1c2Vy"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("variable", "plain_http"), [("HTTPS_PROXY", False), ("HTTP_PROXY", True), ("ALL_PROXY", False)]
)
async def test_a_proxy_that_is_not_there_is_named_in_one_sentence_without_its_login(
    monkeypatch: pytest.MonkeyPatch, variable: str, *, plain_http: bool
) -> None:
    monkeypatch.setenv(variable, f"http://{LOGIN}@127.0.0.1:1")

    with pytest.raises(RegistryError) as caught:
        await fetch(HOST, HostOptions(plain_http=plain_http))

    assert str(caught.value) == (
        f"{HOST} cannot be reached through the proxy 127.0.0.1:1 of {variable}: "
        "nothing listens there (connection refused); check host and port"
    )


async def test_a_registry_that_is_not_asked_through_the_proxy_is_told_without_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    with pytest.raises(RegistryError, match=r"^localhost:1 cannot be reached: nothing listens there"):
        await fetch("localhost:1", HostOptions())

    monkeypatch.setenv("NO_PROXY", ".example.org")
    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    with pytest.raises(RegistryError, match=f"^{HOST} cannot be reached: no host of this name is known"):
        await fetch(HOST, HostOptions())


def no_such_name(*_: Any, **__: Any) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
