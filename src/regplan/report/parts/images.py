"""The images: what they cost together, the largest of them, and those that nobody could answer for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.cells import Cell, Code, Line, Quantity, Stack, listed, prose
from regplan.report.sections import Block, Column, Paragraph, Section, Table
from regplan.report.series import unresolved_or_unknown
from regplan.report.words import UNCOMPRESSED, counted, full_stop, unresolved_words
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.image import DeclaredImage, Unresolved
    from regplan.model.layers import ImageSize, LayerReport
    from regplan.model.plan import Plan, Study

__all__ = ["MOST_ROWS", "image_table", "images_section", "size_rows", "unresolved_section"]

MOST_ROWS: Final = 20
_MOST_MENTIONS: Final = 3


def images_section(study: Study) -> Section:
    """Give the sums of the set and its largest images with SIZE, SHARED and UNIQUE."""
    plan, layers = study.plan, study.plan.layers
    sums = Table(
        "The set of images, compressed",
        (Column("What"), Column("Value", "number")),
        size_rows(layers, at_least=unresolved_or_unknown(plan)),
    )
    blocks: list[Block] = [sums]
    if layers.images:
        blocks.append(image_table(layers.images, MOST_ROWS))
        blocks += _left_out(layers.images)
    if study.inventory.declared:
        blocks.append(_declared(study.inventory.declared))
    if layers.foreign:
        names = listed(Code(name) for name in layers.foreign)
        blocks.append(Paragraph(("Layers that may not be distributed, counted nowhere: ", *names, ".")))
    if layers.uncompressed_bytes:
        blocks.append(Paragraph((Quantity(layers.uncompressed_bytes, "bytes"), f" of the set are {UNCOMPRESSED}.")))
    return Section("images", "Images", tuple(blocks))


def size_rows(layers: LayerReport, *, at_least: bool) -> tuple[tuple[Cell, ...], ...]:
    """Give the sums of a set of images as rows of a table: what, value."""
    named: tuple[tuple[str, int], ...] = (
        ("images one by one (referenced)", layers.referenced_bytes),
        ("every blob and manifest once (unique)", layers.unique_bytes),
        ("shared: counted more than once", layers.repeated_bytes),
        ("stored once for each repository (Zot without dedupe)", layers.stored_bytes),
        (_quota_words(layers), layers.quota_bytes),
    )
    if len(layers.projects) > 1:
        named += tuple((f"of it to the project {each.project}", each.quota_bytes) for each in layers.projects)
    counts = (
        ("distinct configs and layers", layers.blobs),
        ("distinct manifests", layers.manifests),
        ("digests of unknown size", layers.sizes_unknown),
    )
    unpacking = layers.unpacking
    if unpacking is not None:
        how = "measured" if unpacking.provenance == "measured" else f"{unpacking.measured_layers} of {unpacking.layers}"
        how += "" if unpacking.provenance == "measured" else " layers measured"
        named += ((f"unpacked on one node, not compressed ({how})", unpacking.size_bytes),)
    sizes = ((what, Quantity(size, "bytes", at_least=at_least, exact=True)) for what, size in named)
    return (*sizes, *((what, Quantity(count)) for what, count in counts))


def _quota_words(layers: LayerReport) -> str:
    count = len(layers.projects)
    return f"charged to {count} projects (Harbor quota)" if count > 1 else "charged to one project (Harbor quota)"


def image_table(images: tuple[ImageSize, ...], most: int) -> Table:
    """List the largest images, at most `most` of them; their platform is a column only where there are several."""
    platforms = list(dict.fromkeys(str(each.platform) for each in images))
    mixed = len(platforms) > 1
    sizes = tuple(Column(name, "number") for name in ("SIZE", "SHARED", "UNIQUE", "FAIR"))
    columns = (Column("Image", "prose"), *((Column("Platform"),) if mixed else ()), *sizes, Column("Digest"))
    rows = tuple(_row(each, mixed=mixed) for each in _largest_first(images)[:most])
    all_of = f"{'All ' if len(images) > 1 else ''}{counted(len(images), 'image')}"
    which = all_of if len(images) <= most else f"The {len(rows)} largest of {len(images)} images"
    of = "" if mixed or not platforms else f" for {platforms[0]}"
    return Table(
        f"{which}{of}: SIZE is SHARED plus UNIQUE; without the image UNIQUE is freed; FAIR shares add up",
        columns,
        rows,
        folded=True,
    )


def unresolved_section(plan: Plan) -> Section | None:
    """List the references that no source could answer for; None where there are none."""
    rows = tuple(_unresolved(each) for each in plan.counts.unresolved)
    if not rows:
        return None
    columns = (Column("Reference"), Column("Reason", "prose"))
    table = Table("Nothing is known of these images", columns, rows)
    need = plan.storage.unresolved
    words = "" if need is None else full_stop(unresolved_words(need))
    may = (Paragraph((words[0].upper() + words[1:],)),) if words else ()
    return Section("unresolved", "Unresolved images", (*may, table))


def _unresolved(each: Unresolved) -> tuple[Cell, ...]:
    named = each.provenance[:_MOST_MENTIONS]
    more = len(each.provenance) - len(named)
    lines = [Line((f"Named by {text}",), quiet=True) for text in named]
    lines += [Line((f"and {more} more",), quiet=True)] if more else []
    return (Code(each.reference), Stack((Line(prose(each.reason)), *lines)))


def _declared(images: Iterable[DeclaredImage]) -> Table:
    rows = tuple((Code(str(each.reference)), Quantity(each.size_bytes, "bytes", exact=True)) for each in images)
    caption = "Known only by the size that the site file declares; what they share is unknown"
    return Table(caption, (Column("Image"), Column("SIZE", "number")), rows)


def _largest_first(images: tuple[ImageSize, ...]) -> list[ImageSize]:
    return sorted(images, key=lambda each: (-each.size_bytes, each.reference))


def _left_out(images: tuple[ImageSize, ...]) -> list[Block]:
    rest = _largest_first(images)[MOST_ROWS:]
    if not rest:
        return []
    size = format_bytes(max(each.size_bytes for each in rest))
    return [
        Paragraph(
            (f"Not shown: {counted(len(rest), 'more image')} of at most {size} each; the JSON report lists all.",)
        )
    ]


def _row(each: ImageSize, *, mixed: bool) -> tuple[Cell, ...]:
    low = each.sizes_unknown > 0
    return (
        Code(each.reference),
        *((str(each.platform),) if mixed else ()),
        Quantity(each.size_bytes, "bytes", at_least=low),
        Quantity(each.shared_bytes, "bytes"),
        Quantity(each.unique_bytes, "bytes", at_least=low),
        Quantity(each.fair_bytes, "bytes", at_least=low),
        Code(f"{each.digest.algorithm}:{each.digest.short}"),
    )
