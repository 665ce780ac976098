"""A number of the document as an input of an expression, with what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.report.explained.meanings import known, unit_of
from regplan.report.explained.paths import at, is_number
from regplan.report.explained.reckoned import Given

if TYPE_CHECKING:
    from collections.abc import Mapping

    Document = Mapping[str, Any]

__all__ = ["given"]


def given(document: Document, name: str, path: str) -> Given | None:
    """Take the number at a path as an input; None where there is no number."""
    place = at(document, path)
    if place is None or not is_number(place.value):
        return None
    told = known(document, place)
    return Given(
        name,
        place.value,
        told.unit if told is not None else unit_of(place),
        told.provenance if told is not None else "",
        told.says if told is not None else "",
        path,
    )
