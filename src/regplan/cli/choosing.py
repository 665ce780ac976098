"""Platforms and referrers on the command line: the tables and lines that `layers` and others show of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.cli.output import Column, Table
from regplan.cli.shown import size, unresolved_table
from regplan.report.words import counted, exact_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["choice_lines", "choice_tables", "referrer_lines", "referrer_tables"]

_SHARES: Final = (
    Column("platform", "PLATFORM"),
    Column("images", "IMAGES", right=True),
    Column("unique_bytes", "UNIQUE", size, right=True),
    Column("only_here_bytes", "ONLY HERE", size, right=True),
)
_COMPARED: Final = (
    Column("platform", "CHOICE"),
    Column("references", "IMAGES", right=True),
    Column("unresolved", "LACKING", right=True),
    Column("referenced_bytes", "REFERENCED", size, right=True),
    Column("unique_bytes", "UNIQUE", size, right=True),
)
_REFERRERS: Final = (
    Column("reference", "REFERS TO"),
    Column("artifact_type", "KIND"),
    Column("size_bytes", "SIZE", size, right=True),
    Column("digest", "DIGEST", in_table=False),
    Column("subject", "SUBJECT", in_table=False),
)


def choice_tables(document: Mapping[str, Any]) -> tuple[Table, ...]:
    """Lay out what each platform takes, where there is more than one, and the comparison that was asked for."""
    kept = [each for each in document["platforms"] if each["kept"]]
    return (
        Table(_SHARES, tuple(kept) if len(kept) > 1 else ()),
        Table(_COMPARED, tuple(document.get("compared", ()))),
    )


def choice_lines(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what the choice of platforms does, where there was one."""
    choice, attestations = document["choice"], document["attestations"]
    wanted = ", ".join(choice["platforms"])
    lines = [f"not for {wanted}, and counted as it is: {each}" for each in choice["elsewhere"]]
    if not choice["indexes"]:
        return tuple(lines)
    lines.append(choice["note"])
    others = [f"{each['platform']} ({each['images']})" for each in document["platforms"] if not each["kept"]]
    if others:
        lines.append(f"also offered: {', '.join(others)}; --compare-platforms tells what each would take")
    if attestations["count"]:
        told = counted(attestations["count"], "attestation")
        lines.append(f"{told} inside indexes counted: {exact_bytes(attestations['bytes'])}")
    return tuple(lines)


def referrer_tables(referrers: Mapping[str, Any] | None) -> tuple[Table, ...]:
    """Lay out what refers to the images, and the images of which that is not known."""
    if referrers is None:
        return ()
    unknown = unresolved_table(referrers["unknown"])
    columns = (Column("reference", "REFERRERS UNKNOWN"), *unknown.columns[1:])
    return (Table(_REFERRERS, tuple(referrers["each"])), Table(columns, unknown.records))


def referrer_lines(referrers: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Say what refers to the images and is in the sums, and which of it can no longer be verified."""
    if referrers is None:
        return ()
    lines = [f"{counted(referrers['count'], 'referrer')} in these sums: {exact_bytes(referrers['bytes'])}"]
    lost = sum(not each["subject_kept"] for each in referrers["each"])
    if lost:
        lines.append(f"{lost} of them refer to an index that is not kept, and verify no longer")
    if referrers["unknown"]:
        told = counted(len(referrers["unknown"]), "image")
        lines.append(f"what refers to {told} is not known: the sums are a lower bound")
    return tuple(lines)
