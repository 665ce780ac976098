"""References in, an inventory out: the one place that walks index, manifest and config."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, TypeVar

from regplan.errors import ContentError, InvalidManifest, NotFound, RegistryError, RegplanError, SizeMismatch
from regplan.loops import together
from regplan.model.image import Blob, Image, Inventory, KeptIndex, Referrers, ResolvedReference, Unresolved
from regplan.model.progress import Progress
from regplan.model.source import FactSource, LimitedSource
from regplan.oci.config import parse_config
from regplan.oci.manifest import Index, Manifest, parse_manifest
from regplan.oci.mediatype import INDEXES, MANIFESTS, is_image_config
from regplan.oci.platform import Platform
from regplan.store.cached import CachedSource
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.limits import RateLimit
    from regplan.model.progress import Report
    from regplan.model.source import Content
    from regplan.oci.config import ImageConfig
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference

__all__ = ["CachedSource", "Choice", "Resolution", "rate_limits", "resolve"]

# Twice what a registry is asked at once, so that none waits for us; many hosts together take no more than this.
_AT_ONCE_OF_A_HOST = 32
_AT_ONCE = 64
_MOST_DEPTH = 4
_MOST_MANIFESTS = 2000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of an index's images are wanted: the best for each of `platforms`, or all with the index itself.

    Configs are read where nothing else tells a platform, and of every image only with `configs`. With `referrers` what
    refers to the images and indexes is looked for too.
    """

    platforms: tuple[Platform, ...] = (Platform("linux", "amd64"),)
    all_platforms: bool = False
    configs: bool = False
    referrers: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """An inventory, and for each reference the error that left it unresolved.

    `wrong` tells of sources that gave something else than its digest says, where another one was right: one sentence each.
    """

    inventory: Inventory
    errors: tuple[Exception, ...] = ()
    wrong: tuple[str, ...] = ()


class _NoPlatform(NotFound):
    """The reference is there, and no image of it is for a wanted platform."""


async def resolve(
    references: Mapping[Reference, tuple[str, ...]],
    sources: Sequence[CachedSource],
    choice: Choice,
    report: Report | None = None,
) -> Resolution:
    """Find out what each reference is, asking `sources` in order.

    `references` maps each to its mentions. A reference that no source answers for stands in `unresolved` with the
    reason; the others are counted all the same. Nothing is raised for single images.
    """
    found: dict[Reference, ResolvedReference | RegplanError] = {}
    wrong: dict[str, None] = {}

    async def one(reference: Reference) -> None:
        found[reference] = await _first_answer(reference, sources, choice, wrong)
        if report is not None:
            report(Progress(len(found), len(references), "images", str(reference)))

    if report is not None and references:
        report(Progress(0, len(references), "images", str(next(iter(references)))))
    # A host that is slow or away holds up its own images and no others.
    await together(one, references, lambda reference: reference.registry, (_AT_ONCE_OF_A_HOST, _AT_ONCE))
    resolution = _collect(references, found, choice)
    inventory = replace(resolution.inventory, rate_limits=rate_limits(sources))
    return replace(resolution, inventory=inventory, wrong=tuple(wrong))


def rate_limits(sources: Iterable[CachedSource]) -> tuple[RateLimit, ...]:
    """Tell what registries said of the pulls that are left; a host that several sources asked stands once."""
    limited = (each.source for each in sources if isinstance(each.source, LimitedSource))
    return tuple({limit.host: limit for source in limited for limit in source.rate_limits}.values())


def _collect(
    references: Mapping[Reference, tuple[str, ...]],
    found: Mapping[Reference, ResolvedReference | RegplanError],
    choice: Choice,
) -> Resolution:
    entries, unresolved, errors = [], [], []
    for reference, mentions in references.items():
        answer = found[reference]
        if isinstance(answer, ResolvedReference):
            entries.append(replace(answer, provenance=mentions))
        else:
            unresolved.append(Unresolved(str(reference), str(answer), mentions))
            errors.append(answer)
    return Resolution(Inventory(tuple(entries), tuple(unresolved), choice.platforms), tuple(errors))


async def _first_answer(
    reference: Reference, sources: Sequence[CachedSource], choice: Choice, wrong: dict[str, None]
) -> ResolvedReference | RegplanError:
    failures: list[RegplanError] = []
    for source in sources:
        try:
            answer = await _answer(reference, source, choice)
        except RegplanError as error:
            import logging

            logging.getLogger(__name__).debug("%s: %s: %s", source.name, reference, error)
            failures.append(error)
        else:
            lies = (error for error in failures if isinstance(error, ContentError))
            wrong |= {f"{lie}; {reference} is as {source.name} has it": None for lie in lies}
            return answer
    return _most_telling(failures) if failures else NotFound(f"{reference}: no source was given to look in")


def _most_telling(failures: Iterable[RegplanError]) -> RegplanError:
    """Choose what a user is told: a source that does not have it says less than one that could not be asked."""
    return min(failures, key=lambda error: (isinstance(error, NotFound), not isinstance(error, _NoPlatform)))


async def _answer(reference: Reference, source: CachedSource, choice: Choice) -> ResolvedReference:
    try:
        found = await _walk(reference, source, choice)
    except NotFound:
        known = source.source.facts(reference) if isinstance(source.source, FactSource) else ()
        if not known:
            raise
        found = _from_facts(reference, known, choice)
        referrers = Referrers((), f"{source.name} knows sizes alone, and nothing of what refers to {reference}")
    else:
        if not choice.referrers:
            return found
        from regplan.store.referring import gather_referrers

        referrers = await gather_referrers(reference, source, found.subjects)
    return replace(found, referrers=referrers) if choice.referrers else found


async def _walk(reference: Reference, source: CachedSource, choice: Choice) -> ResolvedReference:
    content = await source.manifest(reference)
    document = _parsed(content, content.media_type, str(reference))
    walker = _Walker(reference, source, configs=choice.configs, seen_at=content.seen_at)
    if isinstance(document, Manifest):
        images: tuple[Image, ...] = (await walker.image(document, None),)
    elif choice.all_platforms or reference.digest == document.digest:
        return await walker.whole(document)
    else:
        images = await walker.wanted(document, choice)
    return ResolvedReference(reference, images[0].digest, images, seen_at=content.seen_at, passed=tuple(walker.passed))


def _from_facts(reference: Reference, known: tuple[Image, ...], choice: Choice) -> ResolvedReference:
    images = known
    if not choice.all_platforms and len(known) > 1:
        images = tuple(_chosen(choice, [(image.platform, image) for image in known]))
    if not images:
        raise _no_platform(reference, choice, [image.platform for image in known])
    return ResolvedReference(reference, images[0].digest, images)


def _chosen(choice: Choice, offered: Sequence[tuple[Platform, _T]]) -> list[_T]:
    """Pick the best for each wanted platform, the first of equals; what two of them share is picked once."""
    places = dict.fromkeys(wanted.choose(platform for platform, _ in offered) for wanted in choice.platforms)
    first = dict(reversed(offered))
    return [first[platform] for platform in places if platform is not None]


def _no_platform(reference: Reference, choice: Choice, there: Iterable[Platform]) -> NotFound:
    wanted = ", ".join(map(str, choice.platforms))
    listed = ", ".join(sorted({str(platform) for platform in there if platform.is_known})) or "no platform"
    return _NoPlatform(f"{reference} has no image for {wanted}; it has {listed}")


@dataclass(slots=True)
class _Walker:
    """The walk through one reference's manifests in one source; what stands twice in an index is visited once."""

    reference: Reference
    source: CachedSource
    configs: bool = False
    seen_at: str = ""
    images: dict[tuple[Digest, Platform], Image] = field(default_factory=dict)
    indexes: dict[Digest, KeptIndex] = field(default_factory=dict)
    leaves: dict[tuple[Digest, Platform | None], Descriptor] = field(default_factory=dict)
    fetched: set[Digest] = field(default_factory=set)
    passed: list[KeptIndex | Image] = field(default_factory=list)

    async def whole(self, index: Index) -> ResolvedReference:
        """Collect an index's images, and the indexes, children before the index itself."""
        await self._descend(index, 0)
        return ResolvedReference(
            self.reference,
            index.digest,
            tuple(self.images.values()),
            tuple(self.indexes.values()),
            seen_at=self.seen_at,
        )

    async def wanted(self, index: Index, choice: Choice) -> tuple[Image, ...]:
        """Pick the image for each wanted platform, looking into nested indexes."""
        await self._gather(index, None, 0)
        offered = [(leaf.platform, leaf) for leaf in self.leaves.values() if leaf.platform is not None]
        chosen = _chosen(choice, offered)
        unnamed = [leaf for leaf in self.leaves.values() if leaf.platform is None]
        if unnamed and not all(wanted.choose(platform for platform, _ in offered) for wanted in choice.platforms):
            # What the index does not say of an image, its config does.
            looked = [(await self._child(leaf), leaf) for leaf in unnamed]
            offered += [(image.platform, leaf) for image, leaf in looked]
            chosen = _chosen(choice, offered)
            self.passed = [*(image for image, leaf in looked if leaf not in chosen), *self.passed]
        if not chosen and len(offered) == len(unnamed) == 1 and not offered[0][0].is_known:
            chosen = unnamed
        if not chosen:
            raise _no_platform(self.reference, choice, [platform for platform, _ in offered])
        return tuple([await self._child(leaf) for leaf in chosen])

    async def image(self, manifest: Manifest, platform: Platform | None) -> Image:
        """Make an image of a manifest; `platform` is what an index says of it."""
        config = await self._config(manifest, platform)
        return Image(
            digest=manifest.digest,
            media_type=manifest.media_type,
            platform=platform or (config.platform if config else Platform("unknown", "unknown")),
            manifest_size=manifest.size,
            config=Blob(manifest.config.digest, manifest.config.size),
            layers=manifest.layers,
            source=f"{self.source.name}, as last seen {self.seen_at}" if self.seen_at else self.source.name,
            config_type=manifest.config.media_type,
            diff_ids=config.diff_ids if config else (),
            created=config.created if config else "",
            raw=manifest.raw,
        )

    def _opaque(self, child: Descriptor) -> Image:
        """Stand for what an index holds of a kind that nobody knows: its own bytes count, and what it needs is unknown."""
        platform = child.platform or Platform("unknown", "unknown")
        return Image(child.digest, child.media_type, platform, child.size, None, (), self.source.name)

    async def _descend(self, index: Index, depth: int) -> None:
        self._check(depth)
        for child in index.manifests:
            key = (child.digest, child.platform)
            if child.digest in self.indexes or key in self.leaves:
                continue
            self.leaves[key] = child
            if not _is_known(child):
                image = self._opaque(child)
                self.images.setdefault((image.digest, image.platform), image)
                continue
            document = await self._fetch(child)
            if isinstance(document, Index):
                await self._descend(document, depth + 1)
            else:
                image = await self.image(document, child.platform)
                self.images.setdefault((image.digest, image.platform), image)
        self.indexes[index.digest] = _kept(index)

    async def _gather(self, index: Index, platform: Platform | None, depth: int) -> None:
        self._check(depth)
        for child in index.manifests:
            leaf = replace(child, platform=child.platform or platform)
            if child.media_type not in INDEXES and _is_known(child):
                self.leaves.setdefault((leaf.digest, leaf.platform), leaf)
            elif child.media_type in INDEXES and child.digest not in self.fetched:
                await self._gather(await self._fetch_index(child), leaf.platform, depth + 1)
        self.passed.append(_kept(index))

    async def _child(self, child: Descriptor) -> Image:
        document = await self._fetch(child)
        if isinstance(document, Index):
            raise InvalidManifest(f"{self.reference}: {child.digest} is listed as an image and is an index")
        return await self.image(document, child.platform)

    async def _fetch_index(self, child: Descriptor) -> Index:
        document = await self._fetch(child)
        if isinstance(document, Manifest):
            raise InvalidManifest(f"{self.reference}: {child.digest} is listed as an index and is an image")
        return document

    async def _fetch(self, child: Descriptor) -> Manifest | Index:
        self.fetched.add(child.digest)
        if len(self.fetched) > _MOST_MANIFESTS:
            raise InvalidManifest(f"{self.reference}: its index refers to more than {_MOST_MANIFESTS} manifests")
        try:
            content = await self.source.manifest(replace(self.reference, tag=None, digest=child.digest))
        except NotFound as error:
            # A recording and a sparse layout hold the platforms that somebody chose.
            of = f" for {child.platform}" if child.platform is not None and child.platform.is_known else ""
            raise NotFound(
                f"{self.reference}: its index lists {child.digest}{of}, and {self.source.name} does not hold that",
                status=error.status,
            ) from error
        if len(content.data) != child.size:
            raise SizeMismatch(f"{self.reference}: {child.digest} has {len(content.data)} bytes and not {child.size}")
        return _parsed(content, content.media_type or child.media_type, f"{self.reference} {child.digest}")

    async def _config(self, manifest: Manifest, platform: Platform | None) -> ImageConfig | None:
        """Read an image's config where it is wanted; an artefact and an attestation have none worth reading."""
        if not is_image_config(manifest.config.media_type) or (platform is not None and not platform.is_known):
            return None
        if platform is not None and not self.configs:
            return None
        try:
            raw = await self.source.config(self.reference.name, manifest.config)
        except RegistryError:
            # The image layout specification lets a recording leave blobs out; the index has told the platform.
            if platform is None:
                raise
            return None
        return parse_config(raw, where=f"{self.reference} config {manifest.config.digest}")

    def _check(self, depth: int) -> None:
        if depth > _MOST_DEPTH:
            raise InvalidManifest(f"{self.reference}: indexes are nested more than {_MOST_DEPTH} deep")


def _is_known(child: Descriptor) -> bool:
    """Tell whether a child is a manifest or an index; one of another kind is no error (image-index.md, "mediaType")."""
    return child.media_type in {"", *MANIFESTS, *INDEXES}


def _kept(index: Index) -> KeptIndex:
    children = tuple(dict.fromkeys(child.digest for child in index.manifests))
    return KeptIndex(index.digest, index.media_type, index.size, children, index.raw)


def _parsed(content: Content, media_type: str, where: str) -> Manifest | Index:
    return replace(parse_manifest(content.data, media_type, where=where), digest=content.digest)
