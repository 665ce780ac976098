"""What the storage need is reckoned from, added up once: a function of the images alone, so that many sites share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.plan.packs import PROVIDED_LAYER
from regplan.plan.sharing import known_sizes, repository_links
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from regplan.model.image import Image, Inventory, ResolvedReference
    from regplan.model.profile import Declarations
    from regplan.oci.digest import Digest
    from regplan.oci.platform import Platform
    from regplan.oci.reference import Reference
    from regplan.plan.prepared import Prepared

__all__ = ["Measured", "MeasuredVersion", "beside_live", "measure", "most_tags", "provided_references"]

# As many uploads as a site file can ask for.
_MOST_LARGEST: Final = 10_000


@dataclass(frozen=True, slots=True)
class MeasuredVersion:
    """What a version beside the live one adds: bytes and links that no newer one and not the live one has.

    `declared_bytes` are those of `new_bytes` that the site file declares, image by image.

    `key` is the site file's that names it. Of `unresolved` images nobody could tell: they are not counted.
    """

    key: str
    new_bytes: int
    links: int
    unresolved: int = 0
    declared_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """What the terms are reckoned from; `declared_bytes` are of `declared` images together.

    `digests` counts the live set's, of `references`, and its bytes are the sum of three: `live_bytes` what the hosts' platforms
    need, `other_platforms_bytes` what indexes that are kept whole add, and `provider_bytes` what only images of
    profile layer os have. `versions` are the upgrade and then older versions, newest first. `largest` are the sizes of the
    live and the upgrade's digests, largest first, ten thousand at most; `largest_image_bytes` is of the largest reference
    with all that is known of it.
    """

    digests: int
    references: int
    live_bytes: int
    declared: int
    declared_bytes: int
    links: int
    other_platforms_bytes: int = 0
    provider_bytes: int = 0
    versions: tuple[MeasuredVersion, ...] = ()
    largest: tuple[int, ...] = ()
    largest_image_bytes: int = 0

    @property
    def set_bytes(self) -> int:
        """What the images take in one version: what digests tell, and what is declared."""
        return self.live_bytes + self.other_platforms_bytes + self.provider_bytes + self.declared_bytes


def provided_references(declarations: Declarations) -> frozenset[Reference]:
    """List the references that profile layer os names and nothing else."""
    provided: set[Reference] = set()
    others: set[Reference] = set()
    for use in declarations.uses:
        if use.reference is not None and use.is_counted:
            (provided if use.provenance.layer == PROVIDED_LAYER else others).add(use.reference)
    for workload in declarations.workloads:
        (provided if workload.provenance.layer == PROVIDED_LAYER else others).update(workload.images)
    return frozenset(provided - others)


def measure(prepared: Prepared, platforms: tuple[Platform, ...]) -> Measured:
    """Add up what the storage need is reckoned from, for hosts of these platforms; an unknown size counts 0."""
    live, upgrade = prepared.inventory, prepared.upgrade
    sizes = known_sizes(live)
    links = repository_links(live)
    every = sizes if upgrade is None else known_sizes(live, upgrade)
    other, provider = _beside(prepared, platforms, sizes)
    total = sum(size or 0 for size in sizes.values())
    largest = sorted((size or 0 for size in every.values()), reverse=True)
    return Measured(
        digests=len(sizes),
        references=len(live.entries),
        live_bytes=total - other - provider,
        declared=len(live.declared),
        declared_bytes=sum(image.size_bytes for image in live.declared),
        links=len(links),
        other_platforms_bytes=other,
        provider_bytes=provider,
        versions=tuple(_versions(prepared, set(sizes), links)),
        largest=tuple(largest[:_MOST_LARGEST]),
        largest_image_bytes=max(_whole_images(live, sizes), default=0),
    )


def _versions(prepared: Prepared, held: set[Digest], links: set[tuple[str, Digest]]) -> Iterator[MeasuredVersion]:
    """Tell what each further version adds to the newer ones and the live one, which `held` and `links` begin with."""
    named: list[tuple[str, Inventory]] = [] if prepared.upgrade is None else [("upgrade_to", prepared.upgrade)]
    named += [(f"upgrade_from_{place}", each) for place, each in enumerate(prepared.older, start=1)]
    sizes = known_sizes(prepared.inventory, *(each for _, each in named))
    told = {image.reference for image in prepared.inventory.declared}
    for key, inventory in named:
        digests, own = set(known_sizes(inventory)), repository_links(inventory)
        declared = sum(image.size_bytes for image in inventory.declared if image.reference not in told)
        new_bytes = _total(digests - held, sizes) + declared
        yield MeasuredVersion(key, new_bytes, len(own - links), len(inventory.unresolved), declared)
        held |= digests
        links |= own
        told |= {image.reference for image in inventory.declared}


def _beside(prepared: Prepared, platforms: tuple[Platform, ...], sizes: Mapping[Digest, int | None]) -> tuple[int, int]:
    """Add up what only other platforms, and what only the provider image's references have of the live set."""
    others, provided = beside_live(prepared.declarations, prepared.inventory, platforms)
    return _total(others, sizes), _total(provided, sizes)


def beside_live(
    declarations: Declarations, inventory: Inventory, platforms: tuple[Platform, ...]
) -> tuple[frozenset[Digest], frozenset[Digest]]:
    """Tell the digests of a set that are not counted with the live ones, for hosts of these platforms.

    First those that only other platforms have, of indexes that are kept whole; then those that only images of profile
    layer os have.
    """
    entries, os_only = inventory.entries, provided_references(declarations)
    is_whole = any(entry.indexes for entry in entries)
    if not is_whole and not any(entry.reference in os_only for entry in entries):
        return frozenset(), frozenset()
    referred = {blob.digest for entry in entries for blob in entry.content(with_referrers=True)}
    needed: set[Digest] = set()
    provided: set[Digest] = set()
    everything: set[Digest] = set()
    for entry in entries:
        chosen = provided if entry.reference in os_only else needed
        chosen.update(blob.digest for image in _chosen(entry, platforms) for blob in image.content())
        everything.update(blob.digest for blob in entry.content())
    # What refers to images is counted with the live ones.
    needed |= referred - everything
    return frozenset(everything - needed - provided), frozenset(provided - needed)


def _chosen(entry: ResolvedReference, platforms: Iterable[Platform]) -> tuple[Image, ...]:
    """Tell the images that the hosts' platforms take of a reference: all where no index keeps further ones."""
    if not entry.indexes:
        return entry.images
    best = {platform.choose(image.platform for image in entry.images) for platform in platforms}
    return tuple(image for image in entry.images if image.platform in best)


def _whole_images(live: Inventory, sizes: Mapping[Digest, int | None]) -> Iterator[int]:
    for entry in live.entries:
        yield _total({blob.digest for blob in entry.content()}, sizes)
    yield from (image.size_bytes for image in live.declared)


def most_tags(prepared: Prepared) -> int:
    """Tell how many references of a set lie in one repository at most: so many of its tags one version needs."""
    tags: dict[str, int] = {}
    for entry in prepared.inventory.entries:
        tags[entry.reference.name] = tags.get(entry.reference.name, 0) + 1
    return max(tags.values(), default=1)


def _total(digests: Iterable[Digest], sizes: Mapping[Digest, int | None]) -> int:
    return sum(sizes[digest] or 0 for digest in digests)
