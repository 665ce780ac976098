"""A set with its digests as small numbers, so that a million (image, layer) rows stay cheap."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate, chain, count
from typing import TYPE_CHECKING

from regplan.oci.mediatype import is_foreign
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.image import Image, Inventory, ResolvedReference
    from regplan.oci.descriptor import Descriptor

__all__ = ["Attribution", "Tally", "tally"]


@dataclass(frozen=True, slots=True)
class Tally:
    """The distinct digests of a set, numbered, with their sizes (None where nobody knows one), and who holds which.

    Each image that a reference was resolved to has a place: `manifests` and `configs` have its numbers there (-1 where
    the config is not known), and its layers stand in `layers` from `starts[place]` to the next, base first, repeats kept
    and foreign ones left out. `chosen` are the places of the set's distinct images: of two tellings the one that says more.
    `kinds` are the layers' media types, foreign ones too. `is_plain` tells that every reference is one image of its own, so that references, places and images are one list.
    """

    entries: Sequence[ResolvedReference]
    told: Sequence[Image]
    chosen: Sequence[int]
    sizes: list[int | None]
    manifests: list[int]
    configs: list[int]
    layers: list[int]
    starts: list[int]
    indexes: list[int]
    kinds: frozenset[str]
    is_plain: bool

    @property
    def images(self) -> list[Image]:
        """Each distinct image once."""
        return [self.told[place] for place in self.chosen]

    def blobs(self, place: int) -> set[int]:
        """List the numbers of config and layers at a place."""
        found = set(self.layers[self.starts[place] : self.starts[place + 1]])
        return found if self.configs[place] < 0 else found | {self.configs[place]}

    def content(self, place: int) -> set[int]:
        """List the numbers of manifest, config and layers at a place."""
        return self.blobs(place) | {self.manifests[place]}

    def contents(self) -> list[set[int]]:
        """List the numbers of each reference: its indexes, and what its images hold."""
        place, index = count(), iter(self.indexes)
        return [
            {next(index) for _ in entry.indexes}.union(*(self.content(next(place)) for _ in entry.images))
            for entry in self.entries
        ]

    def total(self, numbers: Iterable[int]) -> int:
        """Add up the sizes of distinct numbers; an unknown one counts 0."""
        sizes = self.sizes
        return sum([sizes[number] or 0 for number in numbers])


@dataclass(frozen=True, slots=True)
class Attribution:
    """How many images hold each number, and of each of the tally's images its size, unique and fair bytes.

    `unknown` counts an image's sizes that nobody knows, a config without a digest among them.
    """

    holders: Sequence[int]
    size_bytes: Sequence[int]
    unique_bytes: Sequence[int]
    fair_bytes: Sequence[int]
    unknown: Sequence[int]


def tally(inventory: Inventory) -> Tally:
    """Number every digest of a set and lay out what each image holds."""
    entries = inventory.entries
    told = [image for entry in entries for image in entry.images]
    indexes = [index for entry in entries for index in entry.indexes]
    kinds = frozenset({layer.media_type for image in told for layer in image.layers})
    stacks = _kept_layers(told, frozenset(filter(is_foreign, kinds)))
    configs = [image.config for image in told if image.config is not None]
    layers = list(chain.from_iterable(stacks))
    # The encoded part alone tells digests apart, for each algorithm's has its own length.
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    of_manifests, of_configs, of_layers, of_indexes = (
        [numbers[each.digest.encoded] for each in some] for some in (told, configs, layers, indexes)
    )
    stated = [image.manifest_size for image in told]
    stated += [each.size for each in configs]
    stated += [each.size for each in layers]
    stated += [each.size for each in indexes]
    known = iter(of_configs)
    chosen = _chosen(inventory, told, of_manifests)
    return Tally(
        entries=entries,
        told=told,
        chosen=chosen,
        sizes=_sizes([*of_manifests, *of_configs, *of_layers, *of_indexes], stated),
        manifests=of_manifests,
        configs=[-1 if image.config is None else next(known) for image in told],
        layers=of_layers,
        starts=[0, *accumulate(map(len, stacks))],
        indexes=of_indexes,
        kinds=kinds,
        is_plain=not indexes and len(chosen) == len(entries) and all(len(entry.images) == 1 for entry in entries),
    )


def _kept_layers(told: Iterable[Image], foreign: frozenset[str]) -> list[Sequence[Descriptor]]:
    if not foreign:
        return [image.layers for image in told]
    return [[layer for layer in image.layers if layer.media_type not in foreign] for image in told]


def _chosen(inventory: Inventory, told: Sequence[Image], manifests: Sequence[int]) -> Sequence[int]:
    if len(set(manifests)) == len(told):
        return range(len(told))
    places = {id(image): place for place, image in reversed(list(enumerate(told)))}
    return [places[id(image)] for image in inventory.images()]


def _sizes(numbers: Sequence[int], stated: Sequence[int | None]) -> list[int | None]:
    """Tell each number's size: the first that is known; numbers come first in their order."""
    sizes: list[int | None] = []
    seen = 0
    for number, size in zip(numbers, stated, strict=True):
        if number == seen:
            sizes.append(size)
            seen += 1
    if None in sizes:
        for number, size in zip(numbers, stated, strict=True):
            if sizes[number] is None:
                sizes[number] = size
    return sizes
