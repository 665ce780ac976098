"""`regplan probe` at a real registry, and as people and scripts see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from regplan.model.probe import LinkFound, RateFound
from support import images
from support.content import layer

if TYPE_CHECKING:
    from pathlib import Path

    from support.registry import Registry

SITE = """\
name: store-7  # by the harbour
images: [nginx:1.27]
links:
  internet: {rate: 1Mbit/s, latency: 60ms}  # so the contract says
"""
MB = 1_000_000


@pytest.fixture(scope="module")
def target(open_registry: Registry) -> str:
    images.push(open_registry, "edge/app", images.image([layer(3_000, 1), layer(2 * MB, 2)]), ["1"])
    images.push(open_registry, "edge/many", images.multi_platform(), ["1"])
    return f"{open_registry.address}/edge/app:1"


def probe(target: str, *more: str) -> list[str]:
    return ["probe", target, "--plain-http", "--seconds", "300ms", *more]


def test_the_largest_layer_is_downloaded_by_more_and_more_connections_and_nothing_else_is_asked(
    open_registry: Registry, target: str, tmp_path: Path
) -> None:
    open_registry.forget_requests()

    found = regplan(*probe(target, "--folder", str(tmp_path), "-o", "json"))

    assert (found.code, found.err) == (0, "")
    document = found.document
    large = layer(2 * MB, 2).blob
    assert (document["kind"], document["blob"], document["blob_bytes"]) == ("probe", large.digest, 2 * MB)
    assert 0 < document["connect_s"] < 10
    assert 0 < document["answer_s"] < 10
    assert [each["connections"] for each in document["rates"]] in ([1], [1, 4], [1, 4, 16])
    for each in document["rates"]:
        assert each["rate_bps"] == round(each["got_bytes"] * 8 / each["seconds"])
        assert 0 < each["seconds"] < 0.5
    assert document["rate_bps"] == max(each["rate_bps"] for each in document["rates"])
    assert document["unpack"]["bytes_per_s"] > 0
    assert list(tmp_path.iterdir()) == []
    paths = {each.path for each in open_registry.requests()} - {"/v2/"}
    assert paths == {"/v2/edge/app/manifests/1", f"/v2/edge/app/blobs/{large.digest}"}


def test_no_more_is_downloaded_than_was_allowed(open_registry: Registry, target: str) -> None:
    open_registry.forget_requests()

    found = regplan(*probe(target, "--most", "1MB", "--no-unpack", "-o", "json"))

    assert found.code == 0
    assert [each["connections"] for each in found.document["rates"]] == [1]
    assert found.document["rates"][0]["got_bytes"] <= MB + 2**20
    assert found.document["unpack"] is None


def test_what_was_measured_is_written_into_the_site_file_and_its_comments_stay(target: str, tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)

    found = regplan(*probe(target, "--write", str(file), "-o", "json"))

    assert (found.code, found.err) == (0, "")
    keys = found.document["written"]["keys"]
    # As the link's own, with the headers of packets.
    assert keys["links.internet.rate"] == f"{found.document['rate_bps'] * 1.036 / 1e6:.4g}Mbit/s"
    unpack = found.document["unpack"]
    assert keys["pulls.unpacked_each_second"] == f"{(unpack['write_bytes_per_s'] or unpack['bytes_per_s']) / 1e6:.4g}MB"
    inflate = unpack["inflate_bytes_per_s"]
    assert keys["pulls.inflated_each_second"] == (f"{inflate / 1e6:.4g}MB" if inflate else "0B")
    assert {"links.internet.latency", "links.internet.measured"} <= keys.keys()
    assert keys["pulls.measured"] == keys["links.internet.measured"]
    lines = file.read_text().splitlines()
    assert lines[:3] == SITE.splitlines()[:3]
    assert lines[3].endswith("}  # so the contract says")
    assert f"rate: {keys['links.internet.rate']}, latency: {keys['links.internet.latency']}" in lines[3]
    assert regplan("plan", str(file), "--offline", "-o", "json").code != 2


def test_a_site_file_that_cannot_be_read_is_told_before_a_byte_is_downloaded(
    open_registry: Registry, target: str, tmp_path: Path
) -> None:
    broken = tmp_path / "site.yaml"
    broken.write_text("name: [\n")
    open_registry.forget_requests()

    for file in (broken, tmp_path / "absent.yaml"):
        found = regplan(*probe(target, "--write", str(file)))

        assert found.code == 2
        assert file.name in found.err
    assert open_registry.requests() == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["TARGET", "--plain-http", "--offline"], 2, "being offline allows no connection"),
        (["TARGET", "--plain-http", "--seconds", "soon"], 2, "not a duration"),
        (["TARGET", "--plain-http", "--most", "0MB"], 2, "above zero"),
        (["TARGET", "--plain-http", "--from", "recording:rec"], 2, "own registry"),
        (["docker://TARGET"], 3, "--plain-http"),
        (["TARGET", "--plain-http", "--folder", "/no/such/folder"], 2, "no such folder"),
        (["TARGET", "--plain-http", "--write", "x.yaml", "--read-only"], 2, "read-only"),
        (["HOST/edge/absent:1", "--plain-http"], 3, "absent"),
        (["HOST/edge/many:1", "--plain-http", "--platform", "linux/riscv64"], 2, "no image for linux/riscv64"),
        (["127.0.0.1:1/edge/app:1", "--plain-http"], 3, "127.0.0.1:1"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(
    open_registry: Registry, target: str, arguments: list[str], code: int, says: str
) -> None:
    told = [each.replace("TARGET", target).replace("HOST", open_registry.address) for each in arguments]

    found = regplan("probe", *told)

    assert (found.code, found.out) == (code, "")
    assert says in found.err
    assert found.err.count("\n") == 1 or code == 2


def test_one_of_several_platforms_is_chosen(open_registry: Registry, target: str) -> None:
    del target

    found = regplan(*probe(f"{open_registry.address}/edge/many:1", "--no-unpack", "-o", "json"))

    assert found.document["blob"] == layer(30_000, 11).blob.digest


def test_a_connection_is_capped_where_several_bring_clearly_more() -> None:
    alone, four, sixteen = RateFound(1, 5 * MB, 8.0), RateFound(4, 20 * MB, 8.0), RateFound(16, 60 * MB, 8.0)
    capped = LinkFound("h", "sha256:x", MB, 0.01, 0.01, (alone, four, sixteen))
    full = LinkFound("h", "sha256:x", MB, 0.01, 0.01, (four, RateFound(4, 22 * MB, 8.0)))

    assert (capped.rate_bps, capped.connection_bps) == (60 * MB, 5 * MB)
    assert (full.rate_bps, full.connection_bps) == (22 * MB, None)
