"""What each choice of platforms does, as `layers` says it: bytes by platform, and what is pinned or signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cli.running import regplan
from support import images

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from support.content import Tree

MULTI, OTHER, ALONE = images.multi_platform(), images.multi_platform(seed=200), images.layer_twice()
AMD64, ARM64, *ATTESTATIONS = MULTI.children
NAMES: dict[str, Tree] = {"r.io/multi:1": MULTI, "r.io/other:1": OTHER, "r.io/alone:1": ALONE}


def size_of(trees: Iterable[Tree]) -> int:
    """The bytes of everything in these, each digest once."""
    return sum({blob.digest: blob.size for tree in trees for blob in (*tree.manifests(), *tree.blobs())}.values())


@pytest.fixture
def source(tmp_path: Path) -> str:
    images.write_layout(tmp_path / "images", NAMES)
    return f"oci:{tmp_path / 'images'}"


def layers(source: str, *arguments: str) -> dict[str, Any]:
    said = regplan("layers", *arguments, "--from", source, "-o", "json")
    assert said.code == 0, said.out + said.err
    return said.document


def test_one_platform_of_an_index_breaks_what_is_signed_on_the_index(source: str) -> None:
    document = layers(source, *NAMES)

    choice = document["choice"]
    assert (choice["platforms"], choice["kept"], choice["index_signatures"]) == (["linux/amd64"], "children", "break")
    assert (choice["indexes"], choice["broken"]) == (2, 2)
    assert document["attestations"] == {"count": 0, "bytes": 0, "left_out": 4}
    assert document["platforms"][-1] == {
        "platform": "linux/arm64", "images": 2, "unique_bytes": None, "only_here_bytes": None, "kept": False,
    }  # fmt: skip


def test_all_platforms_keep_indexes_and_tell_the_bytes_of_each_and_of_attestations(source: str) -> None:
    document = layers(source, "r.io/multi:1", "--all-platforms")

    assert document["choice"]["index_signatures"] == "hold"
    assert {each["platform"]: each["unique_bytes"] for each in document["platforms"]} == {
        "linux/amd64": size_of([AMD64]),
        "linux/arm64": size_of([ARM64]),
    }
    both = size_of([AMD64, ARM64])
    only = {each["platform"]: each["only_here_bytes"] for each in document["platforms"]}
    assert only == {"linux/amd64": both - size_of([ARM64]), "linux/arm64": both - size_of([AMD64])}
    assert document["attestations"] == {"count": 2, "bytes": size_of(ATTESTATIONS), "left_out": 0}
    assert document["unique_bytes"] == both + size_of(ATTESTATIONS) + MULTI.manifest.size


def test_an_index_pinned_by_its_digest_is_kept_whole_and_holds(source: str) -> None:
    document = layers(source, f"r.io/multi@{MULTI.manifest.digest}")

    assert document["choice"]["index_signatures"] == "hold"
    assert document["attestations"]["count"] == 2


def test_other_choices_are_compared_where_it_is_asked_for(source: str) -> None:
    document = layers(source, *NAMES, "--compare-platforms")

    def row(choice: str, *trees: Tree) -> dict[str, Any]:
        size = size_of(trees)
        return {
            "platform": choice, "references": 3, "unresolved": 0, "referenced_bytes": size, "unique_bytes": size,
        }  # fmt: skip

    *_, whole = document["compared"]
    assert document["compared"][:2] == [
        row("linux/amd64", AMD64, OTHER.children[0], ALONE),
        row("linux/arm64", ARM64, OTHER.children[1], ALONE),
    ]
    assert (whole["platform"], whole["unique_bytes"]) == ("all", size_of(NAMES.values()))
    assert document["unique_bytes"] == document["compared"][0]["unique_bytes"]


def test_nothing_further_is_fetched_unless_it_is_asked_for(tmp_path: Path) -> None:
    images.write_layout(tmp_path, NAMES)
    (tmp_path / "blobs/sha256" / ARM64.manifest.digest.removeprefix("sha256:")).unlink()

    plain = regplan("layers", "r.io/multi:1", "--from", f"oci:{tmp_path}")
    compared = regplan("layers", "r.io/multi:1", "--from", f"oci:{tmp_path}", "--compare-platforms", "-o", "json")

    assert plain.code == 0
    assert (compared.code, compared.document["compared"][-1]["unresolved"]) == (4, 1)
    assert compared.document["unresolved"] == []


def test_an_image_that_lacks_a_platform_is_lacking_in_its_row_alone(tmp_path: Path) -> None:
    docker = images.docker_list()
    images.write_layout(tmp_path, {"r.io/list:1": docker, "r.io/multi:1": MULTI})

    document = layers(f"oci:{tmp_path}", "r.io/list:1", "r.io/multi:1", "--compare-platforms")

    rows = {each["platform"]: (each["references"], each["unresolved"]) for each in document["compared"]}
    # An arm64 host runs an image for arm/v7, and not the other way around.
    assert rows == {"linux/amd64": (2, 0), "linux/arm64": (2, 0), "linux/arm/v7": (1, 1), "all": (2, 0)}


def test_people_are_told_what_breaks_and_what_else_is_offered(source: str) -> None:
    said = regplan("layers", "r.io/multi:1", "--from", source)

    assert "1 reference names an index of which only linux/amd64 is kept" in said.out
    assert "also offered: linux/arm64 (1); --compare-platforms tells what each would take" in said.out
    assert "index" not in regplan("layers", "r.io/alone:1", "--from", source).out


def test_people_are_told_of_an_image_alone_that_is_for_another_platform(source: str) -> None:
    said = regplan("layers", "r.io/alone:1", "--from", source, "--platform", "linux/s390x")

    assert said.code == 0
    assert "not for linux/s390x, and counted as it is: r.io/alone:1 (linux/amd64)" in said.out
    assert "not for" not in regplan("layers", "r.io/alone:1", "--from", source).out


def test_people_see_the_platforms_and_the_comparison_as_tables(source: str) -> None:
    said = regplan("layers", "r.io/multi:1", "--from", source, "--all-platforms", "--compare-platforms")

    assert "PLATFORM     IMAGES" in said.out
    assert "CHOICE       IMAGES  LACKING  REFERENCED" in said.out
    assert "2 attestations inside indexes counted" in said.out


def test_people_see_what_refers_to_images_and_where_that_is_not_known(tmp_path: Path, source: str) -> None:
    none = regplan("layers", "r.io/multi:1", "--from", source, "--with-referrers")
    regplan("record", "r.io/multi:1", "--from", source, "-O", str(tmp_path / "rec"))
    unknown = regplan("layers", "r.io/multi:1", "--recording", str(tmp_path / "rec"), "--with-referrers")

    assert (none.code, "0 referrers in these sums: 0 B" in none.out) == (0, True)
    assert unknown.code == 4
    assert "REFERRERS UNKNOWN" in unknown.out
    assert "what refers to 1 image is not known: the sums are a lower bound" in unknown.out
