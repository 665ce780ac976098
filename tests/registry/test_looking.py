"""A real registry read: what it holds, what a site lacks there, and every request that took, without a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from regplan.errors import InputError
from regplan.registry.options import ConnectionOptions, Credential, HostOptions, Login, Secret
from regplan.verbs.looking import look_at, target_of
from regplan.verbs.options import Options
from support import images

if TYPE_CHECKING:
    from pathlib import Path

    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry]

BASE = images.layer(50_000, 3)
WEB = images.image([BASE, images.layer(20_000, 4)], label="web")
ARM = images.image([BASE, images.layer(10_000, 5)], platform="linux/arm64", label="arm")


def options_for(registry: Registry, folder: Path, *, password: str = "") -> Options:
    login = Login(registry.address, Credential(registry.user, Secret(password))) if password else None
    plain = ConnectionOptions({"*": HostOptions(plain_http=True)}, login=login)
    return Options(connection=plain, cache_folder=folder, environment={})


def pushed(registry: Registry) -> Registry:
    images.push(registry, "shop/web", WEB, ["1.0"])
    images.push(registry, "shop/arm", ARM, ["1.0"])
    return registry


def test_what_a_registry_holds_is_told_to_the_byte_with_platforms_and_every_request(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    registry = pushed(start_registry("basic"))
    registry.forget_requests()
    look = anyio.run(
        look_at, target_of(registry.address, None), None, options_for(registry, tmp_path, password=registry.password)
    )

    assert look.error == ""
    assert look.holdings is not None
    held = {row.name: row for row in look.holdings.manifests}
    blobs = {blob.digest: len(blob.data) for tree in (WEB, ARM) for blob in tree.blobs()}
    manifests = len(WEB.manifest.data) + len(ARM.manifest.data)
    assert look.holdings.stored_bytes == sum(blobs.values()) + manifests
    assert {name: row.platforms for name, row in held.items()} == {
        "shop/arm:1.0": ("linux/arm64",),
        "shop/web:1.0": ("linux/amd64",),
    }
    assert held["shop/web:1.0"].size_bytes == sum(len(blob.data) for blob in WEB.blobs()) + len(WEB.manifest.data)
    asked = [(each.method, each.path, each.status) for each in registry.requests() if each.agent == "regplan"]
    told = [
        (each.method, each.url.removeprefix(registry.url).partition("?")[0], each.status) for each in look.exchanges
    ]
    assert sorted(told, key=str) == sorted(asked, key=str)
    assert all(each.took_s > 0 for each in look.exchanges)
    assert registry.password not in repr(look)


def test_a_registry_that_wants_a_login_is_told_with_the_requests_so_far(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    registry = start_registry("basic")
    look = anyio.run(
        look_at, target_of(registry.address, None), None, options_for(registry, tmp_path, password="wrong")
    )

    assert look.holdings is None
    assert look.wants_login == registry.address
    assert {each.status for each in look.exchanges} == {401}


@pytest.mark.parametrize("text", ["", "user:secret@host", "a b"])
def test_what_names_no_registry_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="HOST:PORT"):
        target_of(text, None)
