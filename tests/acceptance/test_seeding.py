"""`regplan seed` and `regplan verify` against real registries, as a user types them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import images, skopeo

if TYPE_CHECKING:
    from pathlib import Path

    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = pytest.mark.registry


def _source(start_registry: StartRegistry) -> tuple[Registry, list[str]]:
    source = start_registry()
    base = images.layer(60_000, 5)
    for name, seed in (("web", 6), ("api", 7)):
        tree = images.image([base, images.layer(20_000, seed)], label=name)
        images.push(source, f"shop/{name}", tree, ["1.0"])
    return source, [f"{source.address}/shop/web:1.0", f"{source.address}/shop/api:1.0"]


def _at(target: Registry, source: Registry, name: str) -> str:
    return f"docker://{target.address}/spectro-images/{source.address.replace(':', '_')}/shop/{name}:1.0"


def test_a_dry_run_writes_nothing_and_says_what_it_would_do(start_registry: StartRegistry) -> None:
    source, references = _source(start_registry)
    target = start_registry()

    said = regplan(
        "seed",
        *references,
        "--to",
        f"docker://{target.address}/spectro-images",
        "--plain-http",
        "--dry-run",
        "-o",
        "json",
    )

    assert said.code == 0, said.err
    assert said.document["plan"]["blobs"] == 5
    assert said.document["plan"]["pairs"] == 6
    assert said.document["plan"]["requests_min"] == 2 * 5 + 1 + 2
    assert {request.method for request in target.requests()} <= {"GET", "HEAD"}
    assert source.blob_bytes() > 0 == target.blob_bytes()


def test_what_was_seeded_is_verified_and_pulled_by_skopeo_with_its_digest(start_registry: StartRegistry) -> None:
    source, references = _source(start_registry)
    target = start_registry()
    to = f"docker://{target.address}/spectro-images"

    seeded = regplan("seed", *references, "--to", to, "--plain-http", "--yes", "-o", "json")
    verified = regplan("verify", *references, "--at", to, "--plain-http", "--level", "deep", "-o", "json")

    assert (seeded.code, seeded.document["verified"], seeded.document["done"]["mounted"]) == (0, True, 1), seeded.err
    assert (verified.code, verified.document["complete"]) == (0, True), verified.err
    for name in ("web", "api"):
        there = skopeo.manifest(_at(target, source, name), target)
        assert there == skopeo.manifest(f"docker://{source.address}/shop/{name}:1.0", source)


def test_seeding_again_sends_no_byte(start_registry: StartRegistry) -> None:
    source, references = _source(start_registry)
    target = start_registry()
    call = ["seed", *references, "--to", f"docker://{target.address}/p", "--plain-http", "--yes", "-o", "json"]

    regplan(*call)
    source.forget_requests()
    again = regplan(*call)

    assert again.code == 0
    assert again.document["done"]["uploaded_bytes"] == 0
    assert again.document["done"]["manifests"] == 0
    assert not [request for request in source.requests() if "/blobs/" in request.path]


def test_without_yes_and_without_a_terminal_nothing_is_written(start_registry: StartRegistry) -> None:
    _, references = _source(start_registry)
    target = start_registry()

    said = regplan("seed", *references, "--to", f"docker://{target.address}/p", "--plain-http")

    assert said.code == 2
    assert "--yes" in said.err
    assert target.blob_bytes() == 0


def test_a_tree_on_a_disk_travels_from_one_registry_to_another(start_registry: StartRegistry, tmp_path: Path) -> None:
    source, references = _source(start_registry)
    target = start_registry()
    disk, to = f"oci:{tmp_path / 'disk'}", f"docker://{target.address}/spectro-images"

    out = regplan("seed", *references, "--to", disk, "--plain-http", "--yes", "-o", "json")
    source.stop()
    back = regplan("seed", *references, "--from", disk, "--to", to, "--plain-http", "--yes", "-o", "json")
    checked = regplan("verify", *references, "--from", disk, "--at", to, "--plain-http", "-o", "json")

    assert (out.code, back.code, checked.code) == (0, 0, 0), (out.err, back.err, checked.err)
    assert back.document["done"]["uploaded_blobs"] == 5


def test_one_unknown_image_does_not_keep_the_others_from_being_seeded(start_registry: StartRegistry) -> None:
    source, references = _source(start_registry)
    target = start_registry()
    to = f"docker://{target.address}/p"
    wanted = [*references, f"{source.address}/shop/nothing:1.0"]

    said = regplan("seed", *wanted, "--to", to, "--plain-http", "--yes", "-o", "json")

    assert said.code == 4
    assert said.document["done"]["manifests"] == 2
    assert "shop/nothing" in said.document["unresolved"][0]


def test_verify_tells_what_is_missing_and_what_is_another_image(start_registry: StartRegistry) -> None:
    source, references = _source(start_registry)
    target = start_registry()
    to = f"docker://{target.address}/spectro-images"
    regplan("seed", references[0], "--to", to, "--plain-http", "--yes")
    other = images.image([images.layer(9_000, 99)], label="other")
    images.push(target, f"spectro-images/{source.address.replace(':', '_')}/shop/web", other, ["1.0"])

    said = regplan("verify", *references, "--at", to, "--plain-http", "-o", "json")

    assert said.code == 1
    assert said.document["wrong"] == [references[0]]
    assert said.document["missing"] == [references[1]]
    assert said.document["internet_fallback"] == [references[1]]


def test_a_registry_with_a_password_takes_it_from_standard_input(
    basic_registry: Registry, start_registry: StartRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, references = _source(start_registry)
    to = f"docker://{basic_registry.address}/with-password"
    call = [
        "seed",
        *references,
        "--to",
        to,
        "--plain-http",
        f"--ca-cert={basic_registry.address}={basic_registry.ca_file}",
    ]
    call += [f"--plain-http={references[0].partition('/')[0]}", "--yes", "-o", "json"]
    call.remove("--plain-http")

    refused = regplan(*call)
    monkeypatch.setattr("sys.stdin", _typed(f"{basic_registry.password}\n"))
    taken = regplan(*call, "--username", basic_registry.user, "--password-stdin")

    assert refused.code == 3
    assert basic_registry.address in refused.err
    assert taken.code == 0, taken.err
    assert basic_registry.password not in taken.out + taken.err


def _typed(text: str) -> io.StringIO:
    return io.StringIO(text)


def test_bearer_tokens_are_asked_for_each_repository(
    token_registry: Registry, start_registry: StartRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, references = _source(start_registry)
    to = f"docker://{token_registry.address}/with-tokens"
    monkeypatch.setattr("sys.stdin", _typed(f"{token_registry.password}\n"))

    said = regplan(
        "seed", *references, "--to", to, "--plain-http", "--yes", "-o", "json",
        "--username", token_registry.user, "--password-stdin",
    )  # fmt: skip

    assert said.code == 0, said.err
    assert said.document["verified"] is True
    assert said.document["done"]["mounted"] == 1


def test_the_plan_is_shown_before_anything_is_written_even_when_it_was_agreed_to(start_registry: StartRegistry) -> None:
    _, references = _source(start_registry)
    target = start_registry()

    said = regplan("seed", *references, "--to", f"docker://{target.address}/p", "--plain-http", "--yes")

    assert "5 blobs" in said.err
    assert "13 requests and at most 101 kB for what is left to do" in said.err
