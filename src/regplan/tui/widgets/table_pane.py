"""A pane around a table: its title, what is shown of it, the filter, and the way to ask why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantBlur, DescendantFocus
from textual.message import Message
from textual.widgets import Input, Static

from regplan.tui.table import headed
from regplan.tui.widgets.record_table import CAP, RecordTable
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.widget import Widget

__all__ = [
    "ColumnsAsked",
    "CopyAsked",
    "ExportAsked",
    "FilterInput",
    "OpenAsked",
    "OpeningPane",
    "TablePane",
    "WhyAsked",
]


@dataclass
class WhyAsked(Message):
    """The user wants to know why a record is what it is."""

    record: object


@dataclass
class OpenAsked(Message):
    """The user wants to open what a record stands for."""

    record: object


@dataclass
class ColumnsAsked(Message):
    """The user wants to choose the columns of a pane's table."""

    pane: TablePane


@dataclass
class ExportAsked(Message):
    """The user wants what a pane shows in a file."""

    pane: TablePane


@dataclass
class CopyAsked(Message):
    """The user wants names on the clipboard, one on each line."""

    names: tuple[str, ...]


class FilterInput(Input):
    """The line that a filter is typed into."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "Keep filter", tooltip="Keep the filter and go to the rows."),
        Binding("down", "keep", "Keep filter", show=False),
        Binding("escape", "drop", "Drop filter", tooltip="Show every row again."),
    ]

    def action_keep(self) -> None:
        """Keep the filter and go to the rows."""
        self.post_message(self.Submitted(self, self.value))

    def action_drop(self) -> None:
        """Show every row again."""
        self.value = ""
        self.action_keep()


class TablePane(Vertical):
    """Frames a table, and shows how it is sorted and what is left out; `above` and `below` stand around the rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "filter",
            "Filter",
            key_display="/",
            tooltip="Show only rows that hold these words; !words: that do not; -f letters: in this order.",
        ),
        Binding("escape", "clear_filter", "Clear filter", show=False, tooltip="Show every row again."),
        Binding(
            "w",
            "why",
            "Why",
            tooltip="Why this line says what it says: exact numbers, source, fix. Enter does the same.",
        ),
        Binding("c", "columns", "Columns", show=False, tooltip="Choose the columns."),
        Binding("e", "export", "Export", show=False, tooltip="Write these rows to a file: CSV, JSON, Markdown, SVG."),
        Binding("y", "copy", "Copy", show=False, tooltip="Copy the names of the marked rows, else of this one."),
    ]

    def __init__(
        self,
        title: str,
        table: RecordTable[Any],
        guide: str,
        *,
        above: Iterable[Widget] = (),
        below: Iterable[Widget] = (),
    ) -> None:
        """Take the table and the text that help shows of it."""
        super().__init__(id=f"{table.id}-pane", classes="pane")
        self.table, self.guide = table, guide
        self._above, self._below = tuple(above), tuple(below)
        self.border_title = title

    def compose(self) -> ComposeResult:
        """Lay out the rows, what stands above and below them, and the filter."""
        yield from self._above
        yield self.table
        yield from self._below
        if not self._below:
            name = Static(markup=False, classes="full-name")
            name.display = False
            yield name
        with Horizontal(classes="filter") as line:
            line.display = False
            yield Static("/", markup=False)
            yield FilterInput(
                placeholder="words that a row must hold; !words: must not; -f letters in order", compact=True
            )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let escape pass where there is no filter to clear."""
        del parameters
        return bool(self.table.view.pattern) if action == "clear_filter" else True

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(".filter").display = True
        self._filter.focus()

    def action_clear_filter(self) -> None:
        """Show every row again."""
        self._filter.action_drop()

    def action_why(self) -> None:
        """Ask why the highlighted record is what it is."""
        if self.table.current is not None:
            self.post_message(WhyAsked(self.table.current))

    def action_columns(self) -> None:
        """Ask which columns are shown."""
        self.post_message(ColumnsAsked(self))

    def action_export(self) -> None:
        """Ask for a file to write to."""
        self.post_message(ExportAsked(self))

    def action_copy(self) -> None:
        """Copy names."""
        table, current = self.table, self.table.current
        if current is None:
            return
        column = next((each for each in table.all_columns if each.names), table.all_columns[0])
        records = table.chosen() if table.marked else (current,)
        self.post_message(CopyAsked(tuple(column.cell(record, False) for record in records)))  # noqa: FBT003

    def filter_by(self, pattern: str) -> None:
        """Filter by a text that was typed elsewhere; none shows every row."""
        self._filter.value = pattern
        self._filter.action_keep()

    @on(RecordTable.Chosen)
    def _ask(self, event: RecordTable.Chosen) -> None:
        event.stop()
        self.choose()

    def choose(self) -> None:
        """Do what enter does: ask why."""
        self.action_why()

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self.table.look(replace(self.table.view, pattern=event.value.strip()))

    @on(Input.Submitted)
    def _leave_filter(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(".filter").display = bool(event.value.strip())
        self.table.focus()

    @on(RecordTable.Highlighted)
    @on(DescendantFocus)
    @on(DescendantBlur)
    def _tell_name(self) -> None:
        """Name the highlighted record in full while keys go to the table, where names are shortened and nothing else does."""
        for line in self.query(".full-name").results(Static):
            name = self.table.full_name if self.table.has_focus else None
            line.display = name is not None
            if line.content != (name or ""):
                line.update(name or "")

    @on(RecordTable.Arranged)
    def _tell(self, event: RecordTable.Arranged) -> None:
        event.stop()
        table, view = self.table, self.table.view
        left_out = table.matching - CAP
        filtered = f"{table.matching:,} of {len(table.records):,}" if view.pattern else f"{len(table.records):,}"
        sort = next((headed(column, view) for column in table.all_columns if column.key == view.sort), "as given")
        more = f" · {left_out:,} more, filter with /" if left_out > 0 else ""
        marks = f" · {len(table.marked):,} marked" if table.marked else ""
        self.border_subtitle = f"{filtered}{marks}{more} · sort {sort}" if table.records else "none"

    @property
    def _filter(self) -> FilterInput:
        return self.query_one(FilterInput)


class OpeningPane(TablePane):
    """Frames a table whose records are opened by enter; w tells why they say what they say."""

    def choose(self) -> None:
        """Do what enter does: ask to open the record."""
        self.post_message(OpenAsked(self.table.current))
