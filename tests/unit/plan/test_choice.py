from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.model.choice import Attestations, ChoiceReport
from regplan.model.image import Image, Inventory, KeptIndex, ResolvedReference
from regplan.oci.digest import Digest
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.platform import Platform
from regplan.plan.choice import describe_choice
from support import images
from unit.plan.builders import ARM64, SHOP, digest, entry, image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.content import Blob

TREE = images.multi_platform()
UNKNOWN = Platform("unknown", "unknown")


def kept(blob: Blob) -> KeptIndex:
    document = parse_manifest(blob.data)
    assert isinstance(document, Index)
    children = tuple(child.digest for child in document.manifests)
    return KeptIndex(document.digest, document.media_type, document.size, children, document.raw)


def child(number: int, size: int, platform: Platform) -> Image:
    """The image of the tree's index with that number, its layers made up."""
    made = image(f"child {number}", {"shared": 100, f"own {number}": size}, platform=platform)
    return replace(made, digest=Digest.parse(TREE.children[number].manifest.digest))


AMD64_CHILD, ARM64_CHILD = child(0, 20, Platform("linux", "amd64")), child(1, 30, ARM64)
ATTESTED = (child(2, 7, UNKNOWN), child(3, 9, UNKNOWN))
INDEX = kept(TREE.manifest)


def described(
    *entries: ResolvedReference, all_platforms: bool = False, platforms: Sequence[str] = ("linux/amd64",)
) -> ChoiceReport:
    told = tuple(map(Platform.parse, platforms))
    return describe_choice(Inventory(entries, (), told), all_platforms=all_platforms)


def chosen(*found: Image, reference: str = "r.io/a:1") -> ResolvedReference:
    return replace(entry(reference, *found), passed=(INDEX,))


def whole(reference: str = "r.io/a:1") -> ResolvedReference:
    return entry(reference, AMD64_CHILD, ARM64_CHILD, *ATTESTED, indexes=(INDEX,))


def size_of(*found: Image) -> int:
    return sum({blob.digest: blob.size or 0 for each in found for blob in each.content()}.values())


def test_where_no_reference_names_an_index_nothing_breaks() -> None:
    told = described(entry("r.io/shop:1", SHOP))

    assert (told.kept, told.index_signatures, told.indexes, told.broken) == ("children", "hold", 0, 0)
    assert "no reference names an index" in told.note


def test_one_child_of_an_index_breaks_what_is_signed_on_the_index_and_not_what_is_signed_on_the_child() -> None:
    told = described(chosen(AMD64_CHILD))

    assert (told.kept, told.index_signatures, told.indexes, told.broken) == ("children", "break", 1, 1)
    assert "1 reference names an index of which only linux/amd64 is kept" in told.note
    assert "signatures on it no longer verify; signatures on the image do" in told.note


def test_an_image_alone_for_another_platform_is_named_and_one_that_runs_there_is_not() -> None:
    arm = replace(SHOP, platform=ARM64)

    assert described(entry("r.io/shop:1", arm)).elsewhere == ("r.io/shop:1 (linux/arm64)",)
    assert described(entry("r.io/shop:1", arm), platforms=("linux/arm64",)).elsewhere == ()
    assert described(entry("r.io/shop:1", SHOP), platforms=("linux/amd64/v2",)).elsewhere == ()
    assert described(entry("r.io/shop:1", replace(SHOP, platform=UNKNOWN))).elsewhere == ()
    assert described(whole(), all_platforms=True, platforms=("linux/s390x",)).elsewhere == ()


def test_whole_indexes_hold() -> None:
    told = described(whole(), whole("r.io/b:1"), all_platforms=True)

    assert (told.kept, told.index_signatures, told.indexes, told.broken) == ("indexes", "hold", 2, 0)
    assert told.note.startswith("2 indexes are kept whole")
    assert described(whole(), all_platforms=True).note.startswith("the index is kept whole")


def test_an_index_that_a_reference_is_pinned_to_is_told_of_beside_those_that_break() -> None:
    told = described(chosen(AMD64_CHILD), chosen(AMD64_CHILD, reference="r.io/b:1"), whole("r.io/c:1"))

    assert (told.indexes, told.broken, told.index_signatures) == (3, 2, "break")
    assert told.note.startswith("2 references name an index")
    assert told.note.endswith("1 pinned to the index's own digest are kept whole")


def test_each_platform_has_its_bytes_and_those_that_are_only_there() -> None:
    amd64, arm64 = described(whole(), all_platforms=True).shares

    assert (amd64.platform, amd64.images, amd64.is_kept) == ("linux/amd64", 1, True)
    assert (amd64.unique_bytes, arm64.unique_bytes) == (size_of(AMD64_CHILD), size_of(ARM64_CHILD))
    assert amd64.only_here_bytes == size_of(AMD64_CHILD) - 100
    assert arm64.only_here_bytes == size_of(ARM64_CHILD) - 100


def test_a_platform_that_is_offered_and_not_taken_is_counted_without_a_size() -> None:
    *_, other = described(chosen(AMD64_CHILD), chosen(AMD64_CHILD, reference="r.io/b:1")).shares

    assert (other.platform, other.images, other.unique_bytes, other.is_kept) == ("linux/arm64", 2, None, False)


def test_attestations_are_no_platform_and_counted_only_where_the_index_is_kept() -> None:
    assert described(whole(), all_platforms=True).attestations == Attestations(2, size_of(*ATTESTED))
    assert described(chosen(AMD64_CHILD)).attestations == Attestations(0, 0, 2)


def test_an_index_that_is_known_without_its_bytes_offers_nothing_that_is_known() -> None:
    bare = replace(entry("r.io/a:1", AMD64_CHILD), passed=(replace(INDEX, raw=None), ARM64_CHILD))

    told = described(bare)

    assert [share.platform for share in told.shares] == ["linux/amd64"]
    assert told.broken == 1


@pytest.mark.parametrize("platforms", [("linux/amd64",), ("linux/amd64", "linux/arm64")])
def test_the_platforms_that_were_asked_for_are_told(platforms: tuple[str, ...]) -> None:
    told = described(chosen(AMD64_CHILD, ARM64_CHILD), platforms=platforms)

    assert told.platforms == platforms
    assert f"only {', '.join(platforms)} {'is' if len(platforms) == 1 else 'are'} kept" in told.note


def test_what_an_artefact_takes_stands_under_an_unknown_platform() -> None:
    chart = replace(SHOP, digest=digest("chart"), platform=UNKNOWN)

    (share,) = described(entry("r.io/chart:1", chart)).shares

    assert share.platform == "unknown/unknown"
