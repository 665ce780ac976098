"""The totals of the layers: referenced less shared is unique."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from regplan.report.words import exact_bytes
from regplan.tui.text import counted, size_text

if TYPE_CHECKING:
    from regplan.model.plan import Study

__all__ = ["Totals", "totals_words"]


class Totals(Static):
    """Says what the images are before and after deduplication, rounded and to the byte."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(markup=False, id="totals")

    def show(self, study: Study, *, binary: bool) -> None:
        """Show a study's totals."""
        self.update(totals_words(study, binary=binary))


def totals_words(study: Study, *, binary: bool) -> Text:
    """Write the totals, exact below, and what makes them lower bounds."""
    layers, unresolved = study.plan.layers, len(study.plan.counts.unresolved)
    declared = len(study.inventory.declared)
    unknown = unresolved + layers.sizes_unknown

    def size(size_bytes: int) -> str:
        return size_text(size_bytes, binary=binary, unknown=unknown)

    sum_words = (
        f"Σ {size(layers.referenced_bytes)} referenced - {size(layers.repeated_bytes)} shared"
        f" = {size(layers.unique_bytes)} unique"
    )
    exact = " ".join(
        [
            exact_bytes(layers.referenced_bytes),
            "-",
            exact_bytes(layers.repeated_bytes),
            "=",
            exact_bytes(layers.unique_bytes),
        ]
    )
    counts = f"{counted(layers.blobs, 'blob')}, {counted(layers.manifests, 'manifest')}"
    text = Text.assemble((sum_words, "bold"), f"\n  {exact} · {counts}")
    missing = [
        counted(layers.sizes_unknown, "unknown size") if layers.sizes_unknown else "",
        counted(unresolved, "unresolved image") if unresolved else "",
        counted(len(layers.foreign), "foreign layer") + " not counted" if layers.foreign else "",
        counted(declared, "image") + " of declared size not counted" if declared else "",
    ]
    lacks = ", ".join(part for part in missing if part)
    return text.append(f"\n? {lacks}{': sums are lower bounds' if unknown else ''}" if lacks else "")
