"""What the numbers are that fixes and sensitivity tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.explained.told import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ADVICE"]

_AGAIN: Final = "the plan, made again with the change"
_END: Final = "the plan, made again with {row[key]} alone at this end of its range: {row[source]}"
_DECLARED: Final = "site file, profiles"


def _ends(end: str, what: str) -> dict[str, Told]:
    return {
        f"sensitivity[].{end}.value": Told(f"{{row[meaning]}}: {what}.", "assumed", "{row[source]}", "{row[unit]}"),
        f"sensitivity[].{end}.required_bytes": Told(f"The storage need with {{row[key]}} {what}.", "assumed", _END),
        f"sensitivity[].{end}.reach": Told(
            f"Measured/required of the rule that comes closest to its limit, with {{row[key]}} {what}.",
            "assumed",
            _END,
            "times",
        ),
    }


def _changes(where: str) -> dict[str, Told]:
    return {
        f"{where}.from_number": Told("What {row[key]} is.", "declared", _DECLARED, "{row[unit]}"),
        f"{where}.to_number": Told("What {row[key]} would be.", "assumed", _AGAIN, "{row[unit]}"),
    }


ADVICE: Final[Mapping[str, Told]] = {
    **_changes("fixes[].changes[]"),
    **_changes("way_out.changes[]"),
    "fixes[].relative_change": Told(
        "How much the quantities change of this fix, added up, as a share of what each was: {row[title]}.",
        "assumed",
        _AGAIN,
        "times",
    ),
    **_ends("low", "at the low end"),
    **_ends("now", "as it is"),
    **_ends("high", "at the high end"),
    "sensitivity[].need_bytes": Told(
        "How far the storage need goes while {row[key]} alone goes through its range.", "assumed", "{row[source]}"
    ),
}
