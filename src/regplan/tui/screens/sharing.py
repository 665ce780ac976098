"""Sharing: which packs share bytes with which, the blobs behind that, and the images that stand on one base."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Container
from textual.widgets import Static

from regplan.model.sharing import PackPair, PackSharing
from regplan.report.words import exact_bytes, tidy
from regplan.tui.columns_sharing import COMMON, FAMILIES
from regplan.tui.screens.working import WorkingScreen
from regplan.tui.sharing import (
    CommonBlob,
    FamilyRow,
    common_blobs,
    family_rows,
    family_words,
    heading_words,
    pair_words,
)
from regplan.tui.table import View
from regplan.tui.widgets.detail import Detail
from regplan.tui.widgets.job_line import JobLine
from regplan.tui.widgets.pack_matrix import MatrixPane, PackMatrix
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.table_pane import TablePane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.plan import Study
    from regplan.tui.screens.working import Work
    from regplan.tui.services import Working

__all__ = ["SharingScreen"]

_MATRIX = (
    "Packs beside packs, what shares most first: how many bytes both of two packs hold, each blob once. SHARED is what a pack"
    " shares with any other. ← → go across, ↑ ↓ from pack to pack; the cell is told below, with w in full. █ is a quarter of the"
    " most that two packs share or more, ▓ a sixteenth, ▒ a 64th, ░ less, · nothing; ═ is the pack itself. ≥ marks a lower"
    " bound, because a size is unknown. s sorts by a pack's column too; e writes all of them."
)
_BLOBS = (
    "The blobs that both packs of the cell hold; on the diagonal those of the pack that any other holds too. IMAGES is how"
    " many images hold it, PACKS how many packs."
)
_FAMILIES = (
    "Images whose first layers are the same. ONCE is what a registry holds of these layers, SAVED what it would hold more if"
    " every image brought its own. ALIGNING FREES, on the build that would be kept, is what goes if all images of that base"
    " had this one, which is an estimate; other builds of the base name it."
)
_NO_FAMILY = "No two images begin with the same layers."


class SharingScreen(WorkingScreen):
    """Shows which packs share, what, and on which base images."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "sharing.tcss"]
    TITLE = "Sharing"
    GUIDE = "Which packs share bytes with which, and what aligning base images would save."
    JOB = "sharing"
    DOING = "Holding packs beside each other"

    def __init__(self) -> None:
        """Start with nothing shared."""
        super().__init__()
        self._sharing = PackSharing()
        self._pair: PackPair | None = None
        self._binary = False

    def compose_panes(self) -> ComposeResult:
        """Lay out the matrix, the blobs of the cell under the cursor, and the families."""
        blobs: RecordTable[CommonBlob] = RecordTable(COMMON, View("size", reverse=True), id="common")
        families: RecordTable[FamilyRow] = RecordTable(FAMILIES, View("saved", reverse=True), id="families")
        yield JobLine()
        yield Static(id="sharing-heading", markup=False)
        yield MatrixPane("Packs beside packs", PackMatrix(id="matrix"), _MATRIX, below=[Detail("pair-detail")])
        with Container(id="split"):
            yield TablePane("Blobs of both", blobs, _BLOBS, below=[Detail("common-detail")])
            yield TablePane("Base families", families, _FAMILIES, below=[Detail("family-detail")])

    def work_on(self, study: Study, app: Working) -> Work:
        """Hold packs beside each other."""
        share = app.services.share
        return lambda _: share(study)

    def show_study(self, study: Study, *, binary: bool) -> None:
        """Show the families, which are in the plan."""
        self.query_one("#families", RecordTable).show_records(family_rows(study.plan.analysis), binary=binary)

    def show_found(self, found: object, *, binary: bool) -> None:
        """Show what packs share."""
        self._sharing = found if isinstance(found, PackSharing) else PackSharing()
        self._binary, self._pair = binary, None
        heading = heading_words(self._sharing) if isinstance(found, PackSharing) else ""
        self.query_one("#sharing-heading", Static).update(heading)
        self.query_one("#matrix", PackMatrix).show_sharing(self._sharing, binary=binary)

    @on(RecordTable.Highlighted, "#matrix")
    def _show_cell(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        cell = event.table.cell if isinstance(event.table, PackMatrix) else None
        words = "" if cell is None else pair_words(cell, binary=self._binary)
        self.query_one("#pair-detail", Detail).show(words)
        pair = PackPair() if cell is None else cell.pair
        if pair is not self._pair:
            self._pair = pair
            self.query_one("#common", RecordTable).show_records(common_blobs(self._sharing, pair), binary=self._binary)

    @on(RecordTable.Highlighted, "#common")
    def _show_blob(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        row = event.record
        words = ""
        if isinstance(row, CommonBlob):
            size = "size unknown" if row.blob.size_bytes is None else exact_bytes(row.blob.size_bytes)
            words = f"{size} · {', '.join(map(tidy, row.blob.references))}"
        self.query_one("#common-detail", Detail).show(words)

    @on(RecordTable.Highlighted, "#families")
    def _show_family(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        row = event.record
        none = "" if event.table.records else _NO_FAMILY
        self.query_one("#family-detail", Detail).show(family_words(row) if isinstance(row, FamilyRow) else none)
