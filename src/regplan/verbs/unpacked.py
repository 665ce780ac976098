"""`--unpacked`: how large layers are once unpacked, asked for in a few bytes of each, once for a whole set."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from regplan.errors import NotFound, RegplanError, Unreachable, Unsupported
from regplan.loops import aside
from regplan.model.progress import Progress
from regplan.model.source import UnpackedSource
from regplan.oci.compression import UnpackedSize, measure_layer
from regplan.plan.nodes import unpacked_layers
from regplan.store.unpacked import UnpackedCache
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from regplan.model.image import Inventory
    from regplan.model.progress import Report
    from regplan.oci.compression import Piece
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.resolve import CachedSource
    from regplan.verbs.options import Options

__all__ = ["unpacked_sizes"]

# Each registry session takes eight small requests at once; this only bounds what waits.
_AT_ONCE: Final = 32
_MOST_FAILURES: Final = 8
_NOWHERE: Final = "no source holds the layer itself"
_NOT_ASKED: Final = "it was not measured; --unpacked asks for it"


async def unpacked_sizes(
    inventories: Sequence[Inventory],
    sources: Sequence[CachedSource],
    options: Options,
    report: Report | None = None,
) -> dict[Digest, UnpackedSize]:
    """Tell how large each distinct layer is unpacked, as far as that can be measured without a download.

    What a recording or the cache knows costs nothing and is always taken. Only with `options.unpacked` is anything
    asked: one small piece of each layer that is left, where it was resolved. Nothing is raised for single layers.
    """
    wanted: dict[Digest, _Place] = {}
    for place in (place for each in inventories for place in _places(each)):
        wanted.setdefault(place.layer.digest, place)
    kept = UnpackedCache(options.cache) if any(source.is_kept for source in sources) else None
    found = await aside(_known, wanted, sources, kept)
    left = [place for digest, place in wanted.items() if digest not in found]
    if not options.unpacked:
        return found | {place.layer.digest: _unasked(place.layer) for place in left}
    import anyio

    asking = _Asking({source.name: source for source in sources}, kept)
    limit = anyio.CapacityLimiter(_AT_ONCE)

    async def one(place: _Place) -> None:
        async with limit:
            found[place.layer.digest] = await asking.ask(place)
        if report is not None:
            report(Progress(len(found), len(wanted), "layers", place.repository))

    async def in_order(places: Sequence[_Place]) -> None:
        for place in places:
            await one(place)

    ordered, free = asking.parted(left)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(in_order, ordered)
        for place in free:
            tasks.start_soon(one, place)
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """A layer, and where it was first met: in which repository of which source."""

    layer: Descriptor
    repository: str
    source: str


@dataclass(slots=True)
class _Asking:
    """The asking of sources; a host of which nothing usable comes is not asked for ever."""

    sources: Mapping[str, CachedSource]
    kept: UnpackedCache | None
    failures: dict[tuple[str, str], int] = field(default_factory=dict)

    def parted(self, places: Iterable[_Place]) -> tuple[list[_Place], list[_Place]]:
        """Part the layers of sources that are read forward, such as a compressed archive, in their order from the rest."""
        offsets, free = [], []
        for place in places:
            source = self.sources.get(place.source)
            offset = None if source is None else source.offset_of(place.layer.digest)
            if offset is None:
                free.append(place)
            else:
                offsets.append((place.source, offset, place))
        return [place for _, _, place in sorted(offsets, key=lambda each: each[:2])], free

    async def ask(self, place: _Place) -> UnpackedSize:
        """Measure one layer; what cannot be read is told as not measured, and why."""
        flow = measure_layer(place.layer)
        source = self.sources.get(place.source)
        pieces = 0
        try:
            piece = next(flow)
            while True:
                if source is None:
                    return UnpackedSize(None, _NOWHERE)
                pieces, data = pieces + 1, await self._read(source, place, piece)
                piece = flow.send(data)
        except StopIteration as end:
            told: UnpackedSize = end.value
        except RegplanError as error:
            import logging

            logging.getLogger(__name__).debug("%s: %s", place.layer.digest, error)
            return UnpackedSize(None, _reason(error))
        if self.kept is not None and pieces:
            await aside(self.kept.put, place.layer.digest, told)
        return told

    async def _read(self, source: CachedSource, place: _Place, piece: Piece) -> bytes:
        host = place.repository.partition("/")[0]
        if self.failures.get((source.name, host), 0) >= _MOST_FAILURES:
            raise Unreachable(f"{host} is not asked again: {_MOST_FAILURES} requests in a row brought nothing")
        try:
            data = await source.piece(place.repository, place.layer, *piece)
        except NotFound:
            raise
        except RegplanError:
            self.failures[source.name, host] = self.failures.get((source.name, host), 0) + 1
            raise
        self.failures[source.name, host] = 0
        return data


def _places(inventory: Inventory) -> Iterator[_Place]:
    for entry in inventory.entries:
        for image in entry.images:
            for layer in unpacked_layers(image):
                yield _Place(layer, entry.reference.name, image.source)


def _known(
    wanted: Mapping[Digest, _Place], sources: Sequence[CachedSource], kept: UnpackedCache | None
) -> dict[Digest, UnpackedSize]:
    recorded = [source.source for source in sources if isinstance(source.source, UnpackedSource)]
    found: dict[Digest, UnpackedSize] = {}
    for digest in wanted:
        sizes = (source.unpacked_size(digest) for source in recorded)
        size = next((each for each in sizes if each is not None), None)
        told = UnpackedSize(size) if size is not None else kept.get(digest) if kept is not None else None
        if told is not None:
            found[digest] = told
    return found


def _unasked(layer: Descriptor) -> UnpackedSize:
    """Tell what a layer's descriptor alone tells."""
    try:
        next(measure_layer(layer))
    except StopIteration as end:
        told: UnpackedSize = end.value
        return told
    return UnpackedSize(None, _NOT_ASKED)


def _reason(error: RegplanError) -> str:
    """Put failures of one kind under one name, so that they can be counted."""
    if isinstance(error, NotFound):
        return _NOWHERE
    if isinstance(error, Unsupported):
        return "its registry sends whole layers only"
    return "the piece of it that tells could not be read"
