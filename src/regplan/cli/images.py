"""`images`, `layers` and `diff`: profiles and images in, references and bytes out."""

from __future__ import annotations

import os.path
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.choosing import choice_lines, choice_tables, referrer_lines, referrer_tables
from regplan.cli.exitcodes import ExitCode, worst
from regplan.cli.listing import emit_images, emit_patches
from regplan.cli.options import (
    Common,
    common,
    declared_option,
    mapping_option,
    reading,
    referrers_option,
    resolving,
    unpacked_option,
    verb,
)
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.shown import (
    last_seen_lines,
    limit_lines,
    size,
    unpacked_columns,
    unpacked_lines,
    unresolved_table,
)
from regplan.verbs.arguments import ArgumentKind, classify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.image import Inventory
    from regplan.verbs.options import Options

__all__ = ["diff_command", "images_command", "layers_command"]

_DECLARED = (Column("reference", "DECLARED"), Column("bytes", "SIZE", size, right=True))


@verb(
    "images",
    "regplan images profile.json",
    "regplan images profile.yaml manifests.yaml -o csv",
    "regplan images packs/kyverno-1.12.2/ --patch",
)
@click.argument("profiles", nargs=-1, required=True, metavar="PROFILE...")
@click.option("--patch", is_flag=True, help="Print the image lists that the packs should have, ready to be pasted.")
@mapping_option
@common
@reading
def images_command(profiles: tuple[str, ...], mapping: str, common: Common, options: Options, *, patch: bool) -> int:
    """List every image that the profiles name, where each was named, and what is wrong with the lists.

    No image is fetched. Ends with 1 where a finding fails and with 4 where a text could not be understood.
    """
    from regplan.report.mentions import images_document
    from regplan.verbs.listing import list_targets

    _warn_of_folders(profiles, common)
    listing = list_targets(profiles, options, mapping)
    document: Any = images_document(listing.declarations)
    for image in document["images"]:
        image["target"] = listing.targets.get(image["normalized"])
    if patch:
        emit_patches(listing.declarations, common.output)
    else:
        emit_images(document, common.output, with_targets=mapping != "host")
    verdicts = {finding["verdict"] for finding in document["findings"]}
    return worst(
        ([ExitCode.FAILED] if "FAIL" in verdicts else []) + ([ExitCode.UNRESOLVED] if "INCOMPLETE" in verdicts else [])
    )


@verb(
    "layers",
    "regplan layers profile.json",
    "regplan layers nginx:1.27 redis:7 --platform linux/arm64",
    "regplan layers oci:images/ --all-platforms -o json",
    "regplan layers profile.json --unpacked",
    "regplan layers bundle:core.tar.zst docker-archive:saved.tar",
)
@click.argument("things", nargs=-1, required=True, metavar="PROFILE|IMAGE...")
@click.option(
    "--compare-platforms", is_flag=True, help="Fetch all platforms' manifests, and tell what each would take."
)
@declared_option
@unpacked_option
@common
@referrers_option
@resolving
def layers_command(things: tuple[str, ...], common: Common, options: Options, *, compare_platforms: bool) -> int:
    """Add up the layers of a set of images, each digest once, before a byte is copied.

    Sizes that are only declared stand apart: they are no digests, and in no sum.
    """
    from regplan.report.choosing import choice_document, compared_document
    from regplan.report.document import declared_document, layers_document, rate_limits_document
    from regplan.verbs.images import measure_images

    _warn_of_folders(things, common)
    with progress_line(quiet=common.quiet) as report:
        measured = measure_images(things, options, report, compare_platforms=compare_platforms)
    document: Any = {**layers_document(measured.report), **choice_document(measured.choice)}
    if compare_platforms:
        document["compared"] = compared_document(measured.compared)
    document["unresolved"] = _unresolved(measured.inventory)
    document |= declared_document(measured.inventory.declared)
    document["rate_limits"] = rate_limits_document(measured.inventory.rate_limits)
    columns = (
        Column("reference", "IMAGE"),
        Column("platform", "PLATFORM"),
        Column("size_bytes", "SIZE", size, right=True),
        Column("shared_bytes", "SHARED", size, right=True),
        Column("unique_bytes", "UNIQUE", size, right=True),
        *(unpacked_columns() if options.unpacked else ()),
    )
    rows = sorted(document["images"], key=lambda image: (-image["unique_bytes"], image["reference"]))
    tables = (
        Table(columns, tuple(rows)),
        *choice_tables(document),
        *referrer_tables(document["referrers"]),
        Table(_DECLARED, tuple(document["declared"])),
        unresolved_table(document["unresolved"]),
    )
    emit(Answer(document, tables, (), tuple(_layers_foot(document))), common.output)
    return ExitCode.UNRESOLVED if _is_lower_bound(document) else ExitCode.DONE


def _layers_foot(document: dict[str, Any]) -> list[str]:
    """Say the sums, and what is in them and what is not."""
    from regplan.report.words import UNCOMPRESSED, counted, exact_bytes

    sums = f"{exact_bytes(document['referenced_bytes'])} referenced, {exact_bytes(document['unique_bytes'])} unique"
    foot = [f"{sums} in {document['blobs']} blobs and {document['manifests']} manifests"]
    foot += unpacked_lines(document["unpacked"])
    if document["sizes_unknown"]:
        foot.append(f"{document['sizes_unknown']} sizes are unknown and count 0 bytes")
    foot += (*last_seen_lines(document["last_seen"]), *limit_lines(document["rate_limits"]))
    if document["declared"]:
        declared = (
            f"{exact_bytes(document['declared_bytes'])} declared for {counted(len(document['declared']), 'image')}"
        )
        foot.append(f"{declared}, in none of these sums: no digest tells what they share")
    foot += [f"not distributed, not counted: {digest}" for digest in document["foreign"]]
    foot += [*referrer_lines(document["referrers"]), *choice_lines(document)]
    if document["uncompressed_bytes"]:
        foot.append(f"{size(document['uncompressed_bytes'])} of it are {UNCOMPRESSED}")
    return foot


@verb(
    "diff",
    "regplan diff retail-1.0.0.yaml retail-1.1.0.yaml",
    "regplan diff nginx:1.26 nginx:1.27 -o json",
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@common
@referrers_option
@resolving
def diff_command(old: str, new: str, common: Common, options: Options) -> int:
    """Tell which bytes an upgrade keeps, which are new, which are dropped, and the peak while both are kept."""
    from regplan.report.choosing import diff_referrers
    from regplan.report.document import diff_document, last_seen_document, rate_limits_document
    from regplan.verbs.images import compare_images

    with progress_line(quiet=common.quiet) as report:
        growth, inventories = compare_images(old, new, options, report)
    unresolved = [each for inventory in inventories for each in _unresolved(inventory)]
    seen = last_seen_document(sorted(time for inventory in inventories for time in inventory.last_seen()))
    # The second was resolved last, and what it was told is newer.
    limits = {each.host: each for inventory in inventories for each in inventory.rate_limits}
    document: Any = {
        **diff_document(growth),
        "unresolved": unresolved,
        "last_seen": seen,
        "rate_limits": rate_limits_document(tuple(limits.values())),
    }
    document["referrers"] = diff_referrers(*inventories)
    referring = [each for each in (document["referrers"] or {}).values() if each is not None]
    columns = (Column("what", "BYTES"), Column("size_bytes", "", size, right=True))
    records = tuple(
        {"what": what, "size_bytes": document[f"{what}_bytes"]} for what in ("kept", "new", "dropped", "peak")
    )
    tables = (Table(columns, records), unresolved_table(unresolved))
    told = [
        f"{when}: {line}"
        for when, each in zip(("old", "new"), referring, strict=False)
        for line in referrer_lines(each)
    ]
    foot = (*last_seen_lines(seen), *limit_lines(document["rate_limits"]), *told)
    emit(Answer(document, tables, (), foot), common.output)
    return ExitCode.UNRESOLVED if unresolved or any(each["unknown"] for each in referring) else ExitCode.DONE


def _warn_of_folders(arguments: tuple[str, ...], common: Common) -> None:
    """Say of a bare name that it is read as an image, where a folder of that name was perhaps meant."""
    if not common.quiet:
        for text in dict.fromkeys(arguments):
            # Unlike Path.is_dir this bears names that no file system takes.
            if not os.path.isdir(text) or text.endswith(("/", "\\")):  # noqa: PTH112
                continue
            if classify(text).kind is ArgumentKind.IMAGE:
                click.echo(f"regplan: {text} is read as an image; for the folder of that name write {text}/", err=True)


def _is_lower_bound(document: Mapping[str, Any]) -> bool:
    """Tell whether something that was asked for is not known."""
    referrers, compared = document["referrers"], document.get("compared")
    lacking = compared is not None and compared[-1]["unresolved"] > 0
    return bool(document["unresolved"] or lacking or (referrers is not None and referrers["unknown"]))


def _unresolved(inventory: Inventory) -> list[dict[str, object]]:
    from regplan.report.document import unresolved_document

    return [unresolved_document(each) for each in inventory.unresolved]
