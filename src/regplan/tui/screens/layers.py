"""The layers: what each image really costs beside the others, and who shares its blobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Container

from regplan.model.layers import ImageSize
from regplan.report.words import counted, exact_bytes
from regplan.tui.columns import BLOBS, IMAGES
from regplan.tui.rows import BlobRow, Sharing, blob_rows
from regplan.tui.screens.base import PlanScreen
from regplan.tui.table import View
from regplan.tui.widgets.detail import Detail
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.table_pane import TablePane
from regplan.tui.widgets.totals import Totals

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.plan import Study

__all__ = ["LayersScreen"]

_IMAGES = (
    "Every image of the set. SIZE is SHARED plus UNIQUE: SHARED is what other images of the set have too, UNIQUE is what"
    " no other image has, so that removing the image frees it. All are compressed bytes, as a registry stores them."
    " ≥ marks a lower bound, because a size is unknown. UNPACKED, on wide screens, is what a node unpacks of the image;"
    " ~ marks what was not all measured."
)
_BLOBS = (
    "The blobs of the highlighted image: its manifest, its config and its layers, base first where they are sorted by"
    " BLOB. ALSO IN counts the other images that hold the same blob; w names them all."
)
_NO_MATCH = "No image passes the filter: esc shows every row again."
_NONE = "The profiles name no image that was resolved. Name images or profiles in the site file, then press r."


class LayersScreen(PlanScreen):
    """Shows deduplicated sizes for the whole set of images."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "layers.tcss"]
    TITLE = "Layers"
    GUIDE = "What the set of images costs once equal blobs are stored once."

    def __init__(self) -> None:
        """Start with nothing shared."""
        super().__init__()
        self._study: Study | None = None
        self._sharing = Sharing({}, {}, {}, {})
        self._binary = False

    def compose_panes(self) -> ComposeResult:
        """Lay out the images, and the blobs of the one under the cursor."""
        images: RecordTable[ImageSize] = RecordTable(IMAGES, View("unique", reverse=True), id="images")
        blobs: RecordTable[BlobRow] = RecordTable(BLOBS, View("size", reverse=True), id="blobs")
        with Container(id="split"):
            yield TablePane("Images", images, _IMAGES, below=[Detail("image-detail")])
            yield TablePane("Blobs", blobs, _BLOBS, below=[Detail("blob-detail")])
        yield Totals()

    def show_study(self, study: Study, *, binary: bool) -> None:
        """Show the study's layers."""
        if study is not self._study:
            self._study, self._sharing = study, Sharing.of(study.inventory)
        self._binary = binary
        self.query_one(Totals).show(study, binary=binary)
        self.query_one("#images", RecordTable).show_records(study.plan.layers.images, binary=binary)

    @on(RecordTable.Highlighted, "#images")
    def _show_image(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        row = event.record
        image = self._sharing.images.get(row.digest) if isinstance(row, ImageSize) else None
        blobs = blob_rows(image, self._sharing) if image is not None else ()
        name = self._image_words(row) if isinstance(row, ImageSize) else _NO_MATCH if event.table.records else _NONE
        self.query_one("#image-detail", Detail).show(name)
        self.query_one("#blobs", RecordTable).show_records(blobs, binary=self._binary)

    def _image_words(self, row: ImageSize) -> str:
        """Name the image, with its fair share and how many others share something with it."""
        image = self._sharing.images.get(row.digest)
        blobs = blob_rows(image, self._sharing) if image is not None else ()
        others = {name for blob in blobs for name in blob.others}
        return (
            f"{row.reference} · fair share {exact_bytes(row.fair_bytes)} · shares with {counted(len(others), 'image')}"
        )

    @on(RecordTable.Highlighted, "#blobs")
    def _show_blob(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        words = _blob_words(event.record) if isinstance(event.record, BlobRow) else ""
        self.query_one("#blob-detail", Detail).show(words)


def _blob_words(row: BlobRow) -> str:
    size = "size unknown" if row.size_bytes is None else exact_bytes(row.size_bytes)
    also = f"also in {counted(len(row.others), 'image')}: {', '.join(row.others)}" if row.others else "only here"
    return f"{row.digest} · {size} · {also}"
