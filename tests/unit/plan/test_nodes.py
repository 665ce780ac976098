from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.model.image import Image
from regplan.oci.compression import UnpackedSize
from regplan.oci.descriptor import Descriptor
from regplan.oci.mediatype import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST
from regplan.plan.nodes import chains_of, snapshot_bytes, unpacked_layers, with_unpacked
from regplan.plan.sharing import measure_layers
from unit.plan.builders import AMD64, digest, entry, image, inventory

if TYPE_CHECKING:
    from regplan.oci.digest import Digest

HALF = 1.5


def stack(name: str, *layers: str, known: bool = True, config_type: str = OCI_CONFIG) -> Image:
    """An image of layers by their letters: the layer `a` has 100 bytes and the diff_id of what `a` holds."""
    return Image(
        digest=digest(f"manifest {name}"),
        media_type=OCI_MANIFEST,
        platform=AMD64,
        manifest_size=10,
        config=None,
        layers=tuple(Descriptor(OCI_LAYER, digest(f"packed {each}"), 100) for each in layers),
        source="test",
        config_type=config_type,
        diff_ids=tuple(digest(f"tar {each}") for each in layers) if known else (),
    )


def ids(*images: Image) -> set[Digest]:
    return {chain.chain_id for chains in chains_of(images).values() for chain in chains}


def sizes(**measured: int) -> dict[Digest, UnpackedSize]:
    return {digest(f"packed {name}"): UnpackedSize(size) for name, size in measured.items()}


def test_chains_are_known_by_the_ids_of_the_image_specification() -> None:
    first, second = (f"sha256:{hashlib.sha256(f'tar {each}'.encode()).hexdigest()}" for each in "ab")
    both = f"sha256:{hashlib.sha256(f'{first} {second}'.encode()).hexdigest()}"

    assert list(map(str, (chain.chain_id for chain in chains_of([stack("x", "a", "b")]).popitem()[1]))) == [first, both]


def test_one_layer_on_two_parents_is_unpacked_twice_and_a_common_base_once() -> None:
    one, other = stack("one", "base", "a", "app"), stack("other", "base", "b", "app")
    known = sizes(base=1000, a=10, b=20, app=300)

    chains = chains_of([one, other])
    every = [chain for found in chains.values() for chain in found]

    assert snapshot_bytes(every, known, HALF)[:2] == (1000 + 10 + 20 + 2 * 300, "measured")
    assert snapshot_bytes(chains[one.digest], known, HALF)[:2] == (1310, "measured")


def test_a_layer_that_stands_twice_in_an_image_is_unpacked_twice() -> None:
    chains = chains_of([stack("twice", "a", "empty", "b", "empty")]).popitem()[1]

    assert snapshot_bytes(chains, sizes(a=1, b=2, empty=1024), HALF)[:2] == (1 + 2 + 2 * 1024, "measured")


def test_two_packings_of_one_layer_are_one_chain_where_the_diff_ids_are_known() -> None:
    gzip = stack("gzip", "a")
    other = replace(stack("zstd", "b"), diff_ids=gzip.diff_ids)

    assert len(ids(gzip, other)) == 1
    assert len(ids(replace(gzip, diff_ids=()), replace(other, diff_ids=()))) == 2


def test_without_diff_ids_the_digests_tell_the_same_chains_apart() -> None:
    told = [stack("one", "base", "a", "app"), stack("other", "base", "b", "app"), stack("third", "base", "a")]
    untold = [replace(each, diff_ids=()) for each in told]

    assert len(ids(*told)) == len(ids(*untold)) == 5


def test_what_one_config_tells_of_a_layer_holds_for_images_without_a_config() -> None:
    told, untold = stack("told", "base", "a"), stack("untold", "base", "a", "new", known=False)

    assert len(ids(told, untold)) == 3


def test_a_config_with_another_number_of_diff_ids_tells_nothing() -> None:
    odd = replace(stack("odd", "a", "b"), diff_ids=(digest("tar a"),))

    assert len(ids(odd)) == 2
    assert ids(odd) != ids(stack("even", "a", "b"))


def test_what_was_not_measured_is_assumed_by_the_ratio_and_rounded_up_once() -> None:
    chains = chains_of([stack("x", "a", "b", "c")]).popitem()[1]

    assert snapshot_bytes(chains, {}, 1.333)[:2] == (math.ceil(399.9), "assumed")
    assert snapshot_bytes(chains, sizes(a=7), 1.333)[:2] == (7 + math.ceil(266.6), "mixed")
    assert snapshot_bytes(chains, sizes(a=7, b=8, c=9), 1.333, assumed_bytes=10)[:2] == (24 + 14, "mixed")
    mixed = snapshot_bytes(chains, sizes(a=7), 1.333, assumed_bytes=10)
    assert (mixed.measured_bytes, mixed.compressed_bytes) == (7, 200 + 10)
    assert snapshot_bytes((), {}, 1.333)[:2] == (0, "measured")


def test_a_node_unpacks_no_artefact_no_attestation_and_no_foreign_layer() -> None:
    chart = stack("chart", "a", config_type="application/vnd.cncf.helm.config.v1+json")
    attested = replace(stack("attested"), layers=(Descriptor("application/vnd.in-toto+json", digest("x"), 5),))
    windows = image("windows", {"own": 50}, foreign=["base"])

    assert [list(unpacked_layers(each)) for each in (chart, attested)] == [[], []]
    assert [layer.size for layer in unpacked_layers(windows)] == [50]
    assert ids(chart, attested) == set()
    (chain,) = chains_of([windows])[windows.digest]
    assert chain.layer.size == 50


def test_a_foreign_layer_below_makes_another_chain() -> None:
    bare = image("bare", {"own": 50})
    foreign = image("based", [("own", 50)], foreign=["base"])
    below = replace(foreign, layers=foreign.layers[::-1])

    assert ids(bare) != ids(below)


def test_layer_reports_say_what_each_image_and_the_set_take() -> None:
    one, other = stack("one", "base", "a"), stack("other", "base", "b", known=False)
    told = inventory(entry("r.io/one:1", one), entry("r.io/two:1", one), entry("r.io/other:1", other))
    known = {**sizes(base=1000, a=10), digest("packed b"): UnpackedSize(None, "it does not tell")}

    report = with_unpacked(measure_layers(told), told, known, 3.0)

    assert [(each.unpacked_bytes, each.unpacked_provenance) for each in report.images] == [
        (1010, "measured"), (1010, "measured"), (1300, "mixed")
    ]  # fmt: skip
    unpacking = report.unpacking
    assert unpacking is not None
    assert (unpacking.size_bytes, unpacking.provenance) == (1310, "mixed")
    assert (unpacking.chains, unpacking.layers, unpacking.measured_layers) == (3, 3, 2)
    assert (unpacking.guessed_images, unpacking.ratio) == (1, 3.0)
    assert unpacking.why == (("it does not tell", 1),)


def test_reasons_stand_with_the_most_frequent_first() -> None:
    told = inventory(entry("r.io/x:1", stack("x", "a", "b", "c")))
    known = {digest("packed b"): UnpackedSize(None, "why not")}

    unpacking = with_unpacked(measure_layers(told), told, known, 2.0).unpacking

    assert unpacking is not None
    assert unpacking.why == (("nobody measured it", 2), ("why not", 1))
    assert unpacking.provenance == "assumed"


@pytest.mark.property
@given(stacks=st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), max_size=8), known=st.booleans())
def test_the_sum_is_that_of_every_distinct_prefix_of_layers(stacks: list[list[str]], *, known: bool) -> None:
    images = [stack(f"{place} {'-'.join(each)}", *each, known=known) for place, each in enumerate(stacks)]
    every = [chain for found in chains_of(images).values() for chain in found]

    # Independently: a snapshot is what lies on top of a sequence of layers.
    prefixes = {tuple(each[: end + 1]) for each in stacks for end in range(len(each))}
    counts = Counter(prefix[-1] for prefix in prefixes)
    expected = sum(ord(letter) * count for letter, count in counts.items())

    assert snapshot_bytes(every, sizes(**{letter: ord(letter) for letter in "abcdef"}), 2.0)[0] == expected
