"""Disks, outlook, media and values as documents, and read back from one that may come from an older regplan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.model.disks import DiskNeed, HostRoom
from regplan.model.outlook import Outlook, outlook_inputs
from regplan.model.pasted import PasteValue
from regplan.units import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.media import Drive, MediaPlan
    from regplan.model.plan import Plan

__all__ = ["prospects_document", "prospects_from", "runway_words", "span_words"]

_TEN_YEARS: Final = 120


def prospects_document(plan: Plan) -> dict[str, object]:
    """Write the disks behind the claim, how it fills up, the drives that bring images, and what to paste.

    Sizes are integers of bytes; disks and outlook are null where nothing is claimed, media where nobody asked.
    """
    return {
        "disks": None if plan.disks is None else _disks(plan.disks),
        "outlook": None if plan.outlook is None else _outlook(plan.outlook),
        "media": None if plan.media is None else [_media(each) for each in plan.media],
        "values": [
            {"name": each.name, "where": each.where, "format": each.form, "text": each.text, "why": each.why}
            for each in plan.values
        ],
    }


def prospects_from(document: Mapping[str, Any]) -> dict[str, Any]:
    """Read the same back as a plan's fields; what an older plan does not tell is not known."""
    disks, outlook, media = (document.get(key) for key in ("disks", "outlook", "media"))
    return {
        "disks": None if disks is None else _disks_from(disks),
        "outlook": None if outlook is None else _outlook_from(outlook),
        "media": None if media is None else tuple(map(_media_from, media)),
        "values": tuple(
            PasteValue(each["name"], each["where"], each["format"], each["text"], each["why"])
            for each in document.get("values", ())
        ),
    }


def runway_words(outlook: Outlook) -> str:
    """Say when the claim is nearly full, and when it is.

    >>> runway_words(Outlook(100, 80, (50, 85, 101), 1, 2, 0, 0, 50, 0, 12, 35, None))
    '80 % in month 1, full in month 2'
    """
    last = span_words(outlook)
    share = f"{outlook.warn_bytes / outlook.usable_bytes:.0%}".replace("%", " %") if outlook.usable_bytes else "full"
    if outlook.warn_month is None:
        return f"below {share} of what the claim holds for at least {last}"
    if outlook.full_month is None:
        return f"{share} in {_month(outlook.warn_month)}, not full within {last}"
    return f"{share} in {_month(outlook.warn_month)}, full in {_month(outlook.full_month)}"


def span_words(outlook: Outlook) -> str:
    """Say how far an outlook looks: ten years, but for one that is cut short.

    >>> span_words(Outlook(100, 80, (50, 85, 101), 1, 2, 0, 0, 50, 0, 12, 35, None))
    '2 months'
    """
    last = len(outlook.used_bytes) - 1
    return "ten years" if last == _TEN_YEARS else format_count(last, "month")


def _month(month: int) -> str:
    return f"month {month}" if month else "the first month"


def _disks(need: DiskNeed) -> dict[str, object]:
    return {
        "backend": need.backend,
        "copies": need.copies,
        "copies_known": need.copies_known,
        "reserve": need.reserve,
        "claimed_bytes": need.claimed_bytes,
        "raw_node_bytes": need.raw_node_bytes,
        "raw_cluster_bytes": need.raw_cluster_bytes,
        "room_bytes": need.room_bytes,
        "fits": need.fits,
        "hosts": [
            {
                "name": each.name,
                "storage_bytes": each.storage_bytes,
                "usable_bytes": each.usable_bytes,
                "takes_bytes": each.takes_bytes,
            }
            for each in need.hosts
        ],
    }


def _disks_from(told: Mapping[str, Any]) -> DiskNeed:
    return DiskNeed(
        backend=told["backend"],
        copies=int(told["copies"]),
        copies_known=told["copies_known"],
        reserve=told["reserve"],
        claimed_bytes=int(told["claimed_bytes"]),
        raw_node_bytes=int(told["raw_node_bytes"]),
        raw_cluster_bytes=int(told["raw_cluster_bytes"]),
        room_bytes=_whole(told["room_bytes"]),
        hosts=tuple(
            HostRoom(
                each["name"], _whole(each["storage_bytes"]), _whole(each["usable_bytes"]), int(each["takes_bytes"])
            )
            for each in told["hosts"]
        ),
    )


def _outlook(outlook: Outlook) -> dict[str, object]:
    return {
        "usable_bytes": outlook.usable_bytes,
        "warn_bytes": outlook.warn_bytes,
        "warn_month": outlook.warn_month,
        "full_month": outlook.full_month,
        **outlook_inputs(outlook),
        "months": [{"month": month, "used_bytes": used} for month, used in enumerate(outlook.used_bytes)],
    }


def _outlook_from(told: Mapping[str, Any]) -> Outlook:
    return Outlook(
        usable_bytes=int(told["usable_bytes"]),
        warn_bytes=int(told["warn_bytes"]),
        used_bytes=tuple(int(each["used_bytes"]) for each in told["months"]),
        warn_month=_whole(told["warn_month"]),
        full_month=_whole(told["full_month"]),
        constant_bytes=int(told["constant_bytes"]),
        older_bytes=int(told["older_bytes"]),
        set_bytes=int(told["set_bytes"]),
        growth_per_year=told["growth_per_year"],
        releases_per_year=told["releases_per_year"],
        version_bytes=int(told["version_bytes"]),
        most_versions=_whole(told["most_versions"]),
    )


def _media(plan: MediaPlan) -> dict[str, object]:
    return {
        "drive_bytes": plan.drive_bytes,
        "usable_bytes": plan.usable_bytes,
        "total_bytes": plan.total_bytes,
        "least": plan.least,
        "drives": [{"size_bytes": each.size_bytes, "items": list(each.items)} for each in plan.drives],
        "beyond_fat32": list(plan.beyond_fat32),
        "unknown": plan.unknown,
    }


def _media_from(told: Mapping[str, Any]) -> MediaPlan:
    from regplan.model.media import MediaPlan

    return MediaPlan(
        drive_bytes=int(told["drive_bytes"]),
        usable_bytes=int(told["usable_bytes"]),
        total_bytes=int(told["total_bytes"]),
        least=int(told["least"]),
        drives=_drives(told["drives"]),
        beyond_fat32=tuple(told["beyond_fat32"]),
        unknown=int(told["unknown"]),
    )


def _drives(told: Sequence[Mapping[str, Any]]) -> tuple[Drive, ...]:
    from regplan.model.media import Drive

    return tuple(Drive(int(each["size_bytes"]), tuple(each["items"])) for each in told)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
