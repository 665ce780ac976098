"""The sheets of what the registry holds: images with what they share, and every blob with what it is counted as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.oci.platform import Platform
from regplan.plan.measured import beside_live
from regplan.plan.sharing import known_sizes
from regplan.report.workbook.cells import Cell, Heading, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.model.image import Inventory
    from regplan.model.plan import Study
    from regplan.oci.digest import Digest

__all__ = ["blobs_of", "blobs_sheet", "counted_sums", "images_sheet"]

_IMAGES: Final = (
    Heading("Image", 70),
    Heading("Digest", 30),
    Heading("Platform", 16),
    Heading("Size, bytes", 18),
    Heading("Shared, bytes", 18),
    Heading("Only here, bytes", 18),
    Heading("Fair share, bytes", 18),
    Heading("Unpacked, bytes", 18),
    Heading("Unpacked is", 12),
)
_IMAGE_KEYS: Final = ("size_bytes", "shared_bytes", "unique_bytes", "fair_bytes", "unpacked_bytes")
_BLOBS: Final = (
    Heading("Digest", 76),
    Heading("Kind", 12),
    Heading("Bytes", 18, "blobs_bytes"),
    Heading("Counted as", 18, "blobs_counted"),
    Heading("Images", 10),
    Heading("First image", 70),
)
_ABOUT_IMAGES: Final = (
    "Compressed sizes, as a registry keeps and the links carry them; unpacked is what a node keeps.",
)
_ABOUT_BLOBS: Final = (
    (
        "Every digest once: what one version of the images takes in the registry. The sums of Bytes by Counted as are the"
        " first terms of the sheet Storage. A size that nobody told is empty and counts 0."
    ),
)


def images_sheet(document: Mapping[str, Any]) -> Sheet:
    """Lay out the images of a plan document with what each costs beside the others, and those that nobody could answer for."""
    rows = tuple(
        (
            Cell(each["reference"], look="code"),
            Cell(each["digest"], look="code"),
            Cell(each["platform"]),
            *(Cell(each.get(key), look="number") for key in _IMAGE_KEYS),
            Cell(each.get("unpacked_provenance") or ""),
        )
        for each in document["layers"]
    )
    return Sheet("Images", _IMAGES, (*rows, *_unknown(document["images"])), _ABOUT_IMAGES)


def _unknown(images: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """List the images of which no manifest is known: why, or the size that the site file declares."""
    empty = (Cell(None),) * (len(_IMAGES) - 4)
    for each in images["declared_sizes"]:
        size = Cell(each["bytes"], look="number")
        yield (Cell(each["reference"], look="code"), Cell("its size is declared"), Cell(None), size, *empty)
    for each in images["unresolved"]:
        why = Cell(f"not resolved: {each['reason']}")
        yield (Cell(each["reference"], look="code"), why, Cell(None), Cell(None), *empty)


def blobs_of(study: Study) -> tuple[tuple[Digest, int | None, str], ...]:
    """List the digests of a study's images, largest first, with their sizes and what the storage need counts them as."""
    inventory = study.inventory
    hosts = tuple(dict.fromkeys(Platform.of("linux", host.arch) for host in study.plan.site.hosts))
    others, provided = beside_live(study.declarations, inventory, hosts or inventory.platforms)
    counted = dict.fromkeys(others, "other_platforms") | dict.fromkeys(provided, "provider_image")
    sizes = sorted(known_sizes(inventory).items(), key=lambda item: (-(item[1] or 0), str(item[0])))
    return tuple((digest, size, counted.get(digest, "live")) for digest, size in sizes)


def counted_sums(blobs: Sequence[tuple[Digest, int | None, str]]) -> dict[str, int]:
    """Add up what is counted as the same."""
    sums: dict[str, int] = {}
    for _, size, counted in blobs:
        sums[counted] = sums.get(counted, 0) + (size or 0)
    return sums


def blobs_sheet(study: Study, blobs: Sequence[tuple[Digest, int | None, str]]) -> Sheet:
    """Lay out every digest once."""
    named, kinds = _holders(study.inventory)
    rows = tuple(
        (
            Cell(str(digest), look="code"),
            Cell(kinds.get(digest, "manifest")),
            Cell(size, look="number"),
            Cell(counted),
            Cell(len(named.get(digest, ())), look="number"),
            Cell(next(iter(named.get(digest, ())), ""), look="code"),
        )
        for digest, size, counted in blobs
    )
    return Sheet("Blobs", _BLOBS, rows, _ABOUT_BLOBS)


def _holders(inventory: Inventory) -> tuple[dict[Digest, dict[str, None]], dict[Digest, str]]:
    """Tell of each digest which references hold it, in order, and whether it is a config or a layer."""
    named: dict[Digest, dict[str, None]] = {}
    kinds: dict[Digest, str] = {}
    for entry in inventory.entries:
        for blob in entry.content(with_referrers=True):
            named.setdefault(blob.digest, {})[str(entry.reference)] = None
        for image in entry.images:
            if image.config is not None:
                kinds[image.config.digest] = "config"
            kinds |= {layer.digest: "layer" for layer in image.layers}
    return named, kinds
