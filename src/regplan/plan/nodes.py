"""What images take on a node once they are unpacked: one snapshot for each chain of layers."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from regplan.model.layers import Unpacking
from regplan.oci.compression import UnpackedSize, is_unpacked
from regplan.oci.config import chain_ids
from regplan.oci.mediatype import is_image_config
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from regplan.model.image import Image, Inventory
    from regplan.model.layers import LayerReport
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest

__all__ = ["Chain", "UnpackedContent", "chains_of", "snapshot_bytes", "unpacked_layers", "with_unpacked"]

_NOBODY = UnpackedSize(None, "nobody measured it")


class Chain(NamedTuple):
    """A stack of layers by its chain ID, and the layer on top, which is what unpacking it adds."""

    chain_id: Digest
    layer: Descriptor


class UnpackedContent(NamedTuple):
    """What chains take unpacked, in bytes, and how that is known: measured, assumed or mixed.

    It is `measured_bytes`, and a ratio times the `compressed_bytes` of what was not measured, rounded up.
    """

    size_bytes: int
    provenance: str
    measured_bytes: int
    compressed_bytes: int


def unpacked_layers(image: Image) -> Iterator[Descriptor]:
    """Yield the layers that a node unpacks, repeats kept: none of an artefact, of an attestation, or foreign."""
    # Facts tell nothing of a config's type, and are of images.
    if not image.config_type or is_image_config(image.config_type):
        yield from (layer for layer in image.layers if is_unpacked(layer.media_type))


def chains_of(images: Iterable[Image]) -> dict[Digest, tuple[Chain, ...]]:
    """Map each image's digest to the chains that a node unpacks for it, base first.

    A node knows a chain by the diff_ids below (config.md, "Layer ChainID"). Where no config told an image's, those that
    the other images tell of the same layers stand in, and else the layer's own digest: the same layers give the same
    chain, and only two packings of one layer are taken for two.
    """
    known = tuple(images)
    diff_ids = dict(pair for image in known for pair in _pairs(image))
    return {image.digest: _chains(image, diff_ids) for image in known}


def snapshot_bytes(
    chains: Iterable[Chain], sizes: Mapping[Digest, UnpackedSize], ratio: float, assumed_bytes: int = 0
) -> UnpackedContent:
    """Add up what distinct chains take unpacked.

    A layer that was not measured takes `ratio` times its compressed size, and so do `assumed_bytes` more.
    """
    distinct = {chain.chain_id: chain.layer for chain in chains}
    measured, any_measured, any_assumed = 0, False, assumed_bytes > 0
    for layer in distinct.values():
        size = sizes.get(layer.digest, _NOBODY).size_bytes
        if size is None:
            assumed_bytes, any_assumed = assumed_bytes + layer.size, True
        else:
            measured, any_measured = measured + size, True
    provenance = "mixed" if any_measured and any_assumed else "assumed" if any_assumed else "measured"
    assumed = math.ceil(assumed_bytes * Fraction(str(ratio))) if assumed_bytes else 0
    return UnpackedContent(measured + assumed, provenance, measured, assumed_bytes)


def with_unpacked(
    layers: LayerReport, inventory: Inventory, sizes: Mapping[Digest, UnpackedSize], ratio: float
) -> LayerReport:
    """Add to deduplicated sizes what each image, and the whole set on one node, take unpacked."""
    images = inventory.images()
    chains = chains_of(images)
    each = {digest: snapshot_bytes(found, sizes, ratio) for digest, found in chains.items()}
    rows = tuple(
        replace(
            row,
            unpacked_bytes=found.size_bytes,
            unpacked_provenance=found.provenance,
            unpacked_measured_bytes=found.measured_bytes,
            unpacked_compressed_bytes=found.compressed_bytes,
        )
        for row in layers.images
        for found in (each[row.digest],)
    )
    return replace(layers, images=rows, unpacking=_unpacking(images, chains, sizes, ratio))


def _unpacking(
    images: Iterable[Image],
    chains: Mapping[Digest, tuple[Chain, ...]],
    sizes: Mapping[Digest, UnpackedSize],
    ratio: float,
) -> Unpacking:
    every = [chain for found in chains.values() for chain in found]
    snapshots = snapshot_bytes(every, sizes, ratio)
    distinct = {chain.chain_id: chain.layer for chain in every}.values()
    told = {chain.layer.digest: sizes.get(chain.layer.digest, _NOBODY) for chain in every}
    why = Counter(each.why for each in told.values() if each.size_bytes is None)
    return Unpacking(
        size_bytes=snapshots.size_bytes,
        provenance=snapshots.provenance,
        chains=len(distinct),
        layers=len(told),
        measured_layers=sum(each.size_bytes is not None for each in told.values()),
        guessed_images=sum(bool(chains[image.digest]) and not _is_told(image) for image in images),
        ratio=ratio,
        why=tuple(sorted(why.items(), key=lambda item: (-item[1], item[0]))),
        measured_bytes=snapshots.measured_bytes,
        compressed_bytes=snapshots.compressed_bytes,
    )


def _chains(image: Image, diff_ids: Mapping[Digest, Digest]) -> tuple[Chain, ...]:
    wanted = {layer.digest for layer in unpacked_layers(image)}
    own = image.diff_ids if _is_told(image) else ()
    # A foreign layer is part of every chain above it, and adds nothing itself.
    below = own or tuple(diff_ids.get(layer.digest, layer.digest) for layer in image.layers)
    stacked = zip(chain_ids(below), image.layers, strict=True)
    return tuple(Chain(chain_id, layer) for chain_id, layer in stacked if layer.digest in wanted)


def _is_told(image: Image) -> bool:
    """Tell whether an image's config told one diff_id for each layer; another number of them tells nothing."""
    return len(image.diff_ids) == len(image.layers)


def _pairs(image: Image) -> Iterator[tuple[Digest, Digest]]:
    if _is_told(image):
        yield from zip((layer.digest for layer in image.layers), image.diff_ids, strict=True)
