"""The images that profiles name: profile, pack, image, with where each is named and what is wrong with the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Container
from textual.widgets import Static

from regplan.report.words import full_stop, tidy
from regplan.tui.columns_mentions import LINTS, MENTIONS, PACKS
from regplan.tui.mentions import MentionRow, PackRow, mention_rows, pack_rows
from regplan.tui.screens.base import PlanScreen
from regplan.tui.table import View
from regplan.tui.widgets.detail import Detail
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.table_pane import TablePane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.finding import Finding
    from regplan.model.plan import Study

__all__ = ["ImagesScreen"]

_PACKS = (
    "Profiles and their packs, as they stand on each other. The images beside it are those of the branch under the cursor."
    " MISSING counts images that a chart or manifest uses and no list has: with content sync switched off they fail."
    " UNRESOLVED counts those that the site needs and no source answered for."
)
_MENTIONS = (
    "The images that the highlighted branch names. STATUS: listed; missing from the lists though something uses it; unused,"
    " listed and used by nothing; only-if-enabled, once a value is set; unknown, where nobody can tell. w tells every place"
    " that names an image."
)
_LINTS = "What is wrong with the declarations, worst first; w tells the fix and the page that asks for it."
_NO_LINTS = "No lints: nothing in the declarations is known to be wrong."
_NONE = "The profiles name no image. Name images or profiles in the site file, then press r."


class ImagesScreen(PlanScreen):
    """Shows who names which image, and where."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "images.tcss"]
    TITLE = "Images"
    GUIDE = "What profiles and packs name, where, and what is wrong with their lists."

    def __init__(self) -> None:
        """Start with nothing named."""
        super().__init__()
        self._study: Study | None = None
        self._rows: tuple[MentionRow, ...] = ()
        self._binary = False

    def compose_panes(self) -> ComposeResult:
        """Lay out the tree, the images of a branch, and the lints."""
        packs: RecordTable[PackRow] = RecordTable(PACKS, id="packs")
        mentions: RecordTable[MentionRow] = RecordTable(MENTIONS, id="mentions")
        lints: RecordTable[Finding] = RecordTable(LINTS, View("verdict"), id="lints")
        with Container(id="split"):
            yield TablePane("Profiles and packs", packs, _PACKS)
            yield TablePane("Named images", mentions, _MENTIONS, below=[Detail("mention-detail")])
        yield TablePane("Lints", lints, _LINTS, below=[Detail("lint-detail")])
        yield Static(_NO_LINTS, id="no-lints", markup=False)

    def show_study(self, study: Study, *, binary: bool) -> None:
        """Show what the study's profiles name."""
        self._binary = binary
        if study is not self._study:
            self._study, self._rows = study, mention_rows(study)
        self.query_one("#packs", RecordTable).show_records(pack_rows(study.declarations, self._rows), binary=binary)
        lints = study.declarations.findings
        self.query_one("#lints", RecordTable).show_records(lints, binary=binary)
        self.query_one("#lints-pane").display = bool(lints)
        self.query_one("#no-lints").display = not lints

    @on(RecordTable.Highlighted, "#packs")
    def _show_branch(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        branch = event.record
        rows = [row for row in self._rows if branch.holds(row)] if isinstance(branch, PackRow) else []
        self.query_one("#mentions", RecordTable).show_records(rows, binary=self._binary)

    @on(RecordTable.Highlighted, "#mentions")
    def _show_image(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        row = event.record
        words = f"{row.reference} · {row.named_in}" if isinstance(row, MentionRow) else "" if self._rows else _NONE
        self.query_one("#mention-detail", Detail).show(tidy(words))

    @on(RecordTable.Highlighted, "#lints")
    def _show_lint(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        found = event.record
        words = "" if found is None else tidy(f"{full_stop(found.message)} {found.fix}")  # type: ignore[attr-defined]
        self.query_one("#lint-detail", Detail).show(words)
