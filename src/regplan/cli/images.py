"""`images` and `layers`: profiles and images in, references and bytes out."""

from __future__ import annotations

import os.path
from dataclasses import replace
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
from regplan.cli.saying import say
from regplan.cli.sharing import GROUPS, blobs_table, families_table, groups_table, sharing_lines
from regplan.cli.shown import (
    last_seen_lines,
    limit_lines,
    size,
    unknown_lines,
    unpacked_columns,
    unpacked_lines,
    unresolved_table,
)
from regplan.verbs.arguments import ArgumentKind, classify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.model.image import Inventory
    from regplan.verbs.options import Options

__all__ = ["images_command", "layers_command"]

_DECLARED = (Column("reference", "DECLARED"), Column("bytes", "SIZE", size, right=True))


@verb(
    "images",
    "regplan images profile.json",
    "regplan images profile.yaml manifests.yaml -o csv",
    "regplan images packs/kyverno-1.12.2/ --patch",
    "regplan images oci://registry.example/charts/web:1.2.3",
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
    "regplan layers profile.json --by pack",
    "regplan layers profile.json --blobs -o csv",
    "regplan layers profile.json --at docker://harbor.corp/edge --mapping rules.yaml",
)
@click.argument("things", nargs=-1, required=True, metavar="PROFILE|IMAGE...")
@click.option(
    "--compare-platforms", is_flag=True, help="Fetch all platforms' manifests, and tell what each would take."
)
@click.option(
    "--by", type=click.Choice(GROUPS), default="image", help="What the table lists; FREED: nothing else needs it."
)
@click.option("--blobs", is_flag=True, help="List every blob with the images that share it.")
@click.option("--families", is_flag=True, help="List the images that begin with the same layers.")
@click.option(
    "--at", default="", metavar="TARGET", help="Where the set is to lie: it names the project; nothing is asked there."
)
@mapping_option
@declared_option
@unpacked_option
@common
@referrers_option
@resolving
def layers_command(things: tuple[str, ...], common: Common, options: Options, **shown: Any) -> int:  # noqa: ANN401
    """Add up the layers of a set of images, each digest once, before a byte is copied.

    SIZE is SHARED plus UNIQUE: without the image UNIQUE is freed. FAIR divides what is shared among those that share it.
    Sizes that are only declared stand apart: they are no digests, and in no sum.
    """
    from regplan.report.choosing import choice_document, compared_document
    from regplan.report.document import declared_document, layers_document, rate_limits_document, unresolved_documents
    from regplan.report.sharing import analysis_document, blobs_document
    from regplan.verbs.images import measure_images

    _warn_of_folders(things, common)
    with progress_line(quiet=common.quiet) as report:
        measured = measure_images(
            things,
            replace(options, mapping=shown["mapping"]),
            report,
            at=shown["at"],
            compare_platforms=shown["compare_platforms"],
        )
    _tell_of_charts(things, measured.inventory, common)
    document: Any = layers_document(measured.report) | choice_document(measured.choice)
    document |= analysis_document(measured.analysis)
    if shown["compare_platforms"]:
        document["compared"] = compared_document(measured.compared)
    if shown["blobs"]:
        document["blobs_detail"] = blobs_document(measured.blobs)
    document["unresolved"] = unresolved_documents(measured.inventory.unresolved)
    document |= declared_document(measured.inventory.declared)
    document["rate_limits"] = rate_limits_document(measured.inventory.rate_limits)
    tables = (
        _listed(document, shown, unpacked=options.unpacked),
        *choice_tables(document),
        *referrer_tables(document["referrers"]),
        Table(_DECLARED, tuple(document["declared"])),
        unresolved_table(document["unresolved"]),
    )
    emit(Answer(document, tables, (), tuple(_foot(document))), common.output)
    return ExitCode.UNRESOLVED if _is_lower_bound(document) else ExitCode.DONE


def _listed(document: Mapping[str, Any], shown: Mapping[str, Any], *, unpacked: bool) -> Table:
    if shown["blobs"]:
        return blobs_table(document)
    if shown["families"]:
        return families_table(document)
    if shown["by"] != "image":
        return groups_table(document, shown["by"])
    columns = (
        Column("reference", "IMAGE"),
        Column("platform", "PLATFORM"),
        Column("size_bytes", "SIZE", size, right=True),
        Column("shared_bytes", "SHARED", size, right=True),
        Column("unique_bytes", "UNIQUE", size, right=True),
        Column("fair_bytes", "FAIR", size, right=True),
        *(unpacked_columns() if unpacked else ()),
    )
    return Table(
        columns, tuple(sorted(document["images"], key=lambda image: (-image["unique_bytes"], image["reference"])))
    )


def _foot(document: Mapping[str, Any]) -> Iterator[str]:
    from regplan.report.words import UNCOMPRESSED, counted, exact_bytes

    sums = f"{exact_bytes(document['referenced_bytes'])} referenced, {exact_bytes(document['unique_bytes'])} unique"
    yield f"{sums} in {counted(document['blobs'], 'blob')} and {counted(document['manifests'], 'manifest')}"
    yield from sharing_lines(document)
    yield from unpacked_lines(document["unpacked"])
    yield from unknown_lines(document["sizes_unknown"])
    yield from last_seen_lines(document["last_seen"])
    yield from limit_lines(document["rate_limits"])
    if document["declared"]:
        declared = (
            f"{exact_bytes(document['declared_bytes'])} declared for {counted(len(document['declared']), 'image')}"
        )
        yield f"{declared}, in none of these sums: no digest tells what they share"
    yield from (f"not distributed, not counted: {digest}" for digest in document["foreign"])
    yield from referrer_lines(document["referrers"])
    yield from choice_lines(document)
    if document["uncompressed_bytes"]:
        yield f"{size(document['uncompressed_bytes'])} of it are {UNCOMPRESSED}"


def _warn_of_folders(arguments: tuple[str, ...], common: Common) -> None:
    """Say of a bare name that it is read as an image, where a folder of that name was perhaps meant."""
    if not common.quiet:
        for text in dict.fromkeys(arguments):
            # Unlike Path.is_dir this bears names that no file system takes.
            if not os.path.isdir(text) or text.endswith(("/", "\\")):  # noqa: PTH112
                continue
            if classify(text).kind is ArgumentKind.IMAGE:
                say(f"regplan: {text} is read as an image; for the folder of that name write {text}/")


def _is_lower_bound(document: Mapping[str, Any]) -> bool:
    """Tell whether something that was asked for is not known."""
    referrers, compared = document["referrers"], document.get("compared")
    lacking = compared is not None and compared[-1]["unresolved"] > 0
    return bool(document["unresolved"] or lacking or (referrers is not None and referrers["unknown"]))


def _tell_of_charts(arguments: tuple[str, ...], inventory: Inventory, common: Common) -> None:
    """Say of a Helm chart that is counted as the artefact that it is how its images are counted."""
    from regplan.verbs.packaged import charts_as_images

    if not common.quiet:
        for text in charts_as_images(arguments, inventory):
            say(
                f"regplan: {text} is a Helm chart, counted itself; for the images that it deploys write oci://{text.removeprefix('docker://')}",
            )
