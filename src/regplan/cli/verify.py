"""`verify`: what stands at a target, held against what must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode, worst
from regplan.cli.options import Common, common, referrers_option, resolving, verb, versions_option
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.shown import size
from regplan.cli.verified import beside_document, beside_lines, beside_tables, mending
from regplan.units import parse_rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.verbs.options import Options
    from regplan.verbs.verifying import Verification

__all__ = ["verify_command"]

_MOST_REASONS = 2
_EFFECTS = {
    "internet": "fetched over the internet link",
    "fails": "the pull fails",
    "wrong": "another image, or a broken one",
    "provided": "not pulled: it is in the provider image",
    "": "",
}


@verb(
    "verify",
    "regplan verify site.yaml --level blobs",
    "regplan verify site.yaml --for both",
    "regplan verify profile.json --at docker://10.0.0.5:30003/spectro-images",
    "regplan verify profile.json --at oci:/media/usb/images --level deep",
)
@click.argument("things", nargs=-1, required=True, metavar="SITE|PROFILE|IMAGE...")
@click.option(
    "--at",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="docker://HOST:PORT/PROJECT (repeated: nodes of one registry) or oci:DIR; default: the site's.",
)
@click.option(
    "--level",
    type=click.Choice(["tags", "blobs", "deep"]),
    default="tags",
    help="tags: each digest; blobs: the last byte of each blob too; deep: every byte, hashed.",
)
@versions_option("The version that must be complete; next is the site's upgrade_to.")
@click.option("--plan", "plan_file", default="", metavar="FILE", help="Take digests from what `seed -o json` wrote.")
@click.option("--drift", is_flag=True, help="Also tell which tags have moved at their source since: a HEAD for each.")
@click.option("--orphans", is_flag=True, help="Also tell what no version names in these repositories, and its bytes.")
@click.option("--max-rate", default="", metavar="RATE", help="Read no faster at level deep, such as 15Mbit/s.")
@click.option(
    "--mapping",
    default="auto",
    metavar="auto|host|plain|last|profile|FILE",
    help="Names at the registry; auto asks for a few images under each.",
)
@common
@referrers_option
@resolving
def verify_command(  # noqa: PLR0913, PLR0917
    things: tuple[str, ...], targets: tuple[str, ...], level: str, versions: str, plan_file: str, max_rate: str,
    mapping: str, common: Common, options: Options, *, drift: bool, orphans: bool,
) -> int:  # fmt: skip
    """Hold what stands at a target against what should, and tell what each gap does.

    With `--for next` it ends with 0 where the upgrade can start, and tells whether one can go back. Ends with 1 where
    anything is missing or wrong, with 4 where the digest of something is not known.
    """
    from regplan.verbs.seeding import seed_job
    from regplan.verbs.verifying import VerifyWishes, verify_images

    job = seed_job(things, targets, mapping)
    max_bps = parse_rate(max_rate) if max_rate else None
    wishes = VerifyWishes(level, versions, plan_file, max_bps, drift=drift, orphans=orphans)
    with progress_line(quiet=common.quiet) as report:
        checked = verify_images(job, level, options, report, wishes=wishes)
    emit(_answer(checked, str(job.target), mending(things, targets, checked, versions)), common.output)
    lower_bound = checked.result.unpinned or checked.unresolved
    return worst(
        ([] if checked.result.complete else [ExitCode.FAILED]) + ([ExitCode.UNRESOLVED] if lower_bound else [])
    )


def _answer(checked: Verification, target: str, mend: str) -> Answer:
    from regplan.report.verifying import verify_document

    document: Any = {
        **verify_document(checked.result, checked.coverage, checked.mapping, beside_document(checked)),
        "unresolved": list(checked.unresolved),
        "mend": mend or None,
    }
    images = {image["reference"]: image for image in document["images"]}
    records = tuple(
        {"state": state, "what": what, **_of_image(images.get(what))}
        for state in ("missing", "wrong", "equivalent", "unpinned", "unresolved")
        for what in document[state]
    )
    columns = (
        Column("state", "STATE"),
        Column("what", "IMAGE"),
        Column("effect", "WHEN PULLED", _shown_effect),
        Column("hosts", "HOSTS"),
        Column("provenance", "NEEDED BY"),
    )
    told = _told(document["details"], images)
    table = Table(columns, records, below=lambda record: told.get(record["what"], ())[:_MOST_REASONS])
    foot = (*_foot(document), *beside_lines(document))
    return Answer(document, (table, *beside_tables(document)), _head(document, target), foot)


def _told(details: Sequence[str], images: Mapping[str, Any]) -> dict[str, list[str]]:
    """Tell what was found of each image, which its line in the table does not."""
    told: dict[str, list[str]] = {}
    for name in images:
        told[name] = [each.removeprefix(f"{name}: ") for each in details if each.startswith(f"{name}: ")]
    return told


def _of_image(image: Mapping[str, Any] | None) -> dict[str, str]:
    if image is None:
        return {}
    return {
        "effect": image["effect"],
        "hosts": _few(image["hosts"]) or _few([f"{host}?" for host in image["maybe_hosts"]]),
        "provenance": _few(image["provenance"], 1),
    }


def _shown_effect(effect: str | None) -> str:
    return _EFFECTS.get(effect or "", "")


def _few(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _head(document: Mapping[str, Any], target: str) -> tuple[str, ...]:
    found = (
        "complete" if document["complete"] else f"{len(document['missing'])} missing, {len(document['wrong'])} wrong"
    )
    mapping = document["mapping"]
    named = f"names: {mapping['name']}" if mapping["is_told"] or mapping["name"] else ""
    probed = "" if mapping["is_told"] else f" ({mapping['hits']} of {mapping['probes']} images found under it)"
    return (f"{target}: {document['checked']} checked, {found}", f"{named}{probed}")


def _foot(document: Mapping[str, Any]) -> tuple[str, ...]:
    lines = []
    if (can_start := document["can_start"]) is not None:
        lines.append(
            "the next version is complete: the upgrade can start" if can_start else "the upgrade can NOT start"
        )
        if (rollback := document["rollback"]) is not None:
            lines.append(
                "the current version is still complete"
                if rollback
                else "the current version is NOT complete: one cannot go back"
            )
    if (room := document["room"]) is not None and room["to_come_bytes"]:
        lines.append(f"{size(room['to_come_bytes'])} still to come; {_room(room)}")
    if document["unproven_blobs"]:
        lines.append(
            f"{document['unproven_blobs']} blobs: the registry sends no parts of blobs, so their length is its word; "
            "--level deep reads them"
        )
    if document["missing"] and not document["sync"]:
        lines.append("content sync is off or there is no internet link: what is missing fails when it is pulled")
    return tuple(lines)


def _room(room: Mapping[str, Any]) -> str:
    """Tell what is known of the room for what is to come, and whether it is enough."""
    told = [
        f"{size(room[key])} {what}"
        for key, what in (("free_bytes", "free on its disk"), ("quota_left_bytes", "left of its quota"))
        if room[key] is not None
    ]
    if room["claimed_bytes"] is not None:
        claimed = f"{size(room['claimed_bytes'])} claimed, {size(room['required_bytes'])} needed with both versions"
        told.insert(0, claimed)
    if room["fits"] is None:
        return "nobody says what the registry may take"
    return f"{', '.join(told)}: it {'fits' if room['fits'] else 'does NOT fit'}"
