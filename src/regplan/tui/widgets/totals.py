"""The totals of the layers: referenced less shared is unique."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from regplan.report.words import counted, exact_bytes
from regplan.tui.text import size_text

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
    layers = study.plan.layers
    unknown = layers.sizes_unknown + len(study.plan.counts.unresolved)
    referenced, shared, unique = layers.referenced_bytes, layers.repeated_bytes, layers.unique_bytes
    rounded = [size_text(size, binary=binary, unknown=unknown) for size in (referenced, shared, unique)]
    exact = f"{exact_bytes(referenced)} - {exact_bytes(shared)} = {exact_bytes(unique)}"
    counts = f"{counted(layers.blobs, 'blob')}, {counted(layers.manifests, 'manifest')}"
    text = Text.assemble(
        ("Σ {} referenced - {} shared = {} unique".format(*rounded), "bold"), f"\n  {exact} · {counts}"
    )
    lacks = _lacks(study)
    return text.append(f"\n? {lacks}{': sums are lower bounds' if unknown else ''}" if lacks else "")


def _lacks(study: Study) -> str:
    parts = (
        (study.plan.layers.sizes_unknown, "unknown size", ""),
        (len(study.plan.counts.unresolved), "unresolved image", ""),
        (len(study.plan.layers.foreign), "foreign layer", " not counted"),
        (len(study.inventory.declared), "image", " of declared size not counted"),
    )
    return ", ".join(f"{counted(count, noun)}{rest}" for count, noun, rest in parts if count)
