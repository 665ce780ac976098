"""What the app is without the work it does: its places, its session, its commands, and the grammar of every table."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from textual import on
from textual.app import SystemCommand
from textual.css.stylesheet import Stylesheet
from textual.reactive import reactive

from regplan.errors import InputError
from regplan.report.words import counted, tidy
from regplan.store.files import user_path, write_atomic
from regplan.tui.commands import Order, commands_for, parse
from regplan.tui.keyboard import COMMAND_GROUP, Keyboard
from regplan.tui.screens.base import SiteScreen
from regplan.tui.session import Session
from regplan.tui.theme import THEMES
from regplan.tui.widgets.table_pane import ColumnsAsked, CopyAsked, ExportAsked, TablePane
from regplan.tui.work import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.await_complete import AwaitComplete
    from textual.screen import Screen
    from textual.widget import Widget

    from regplan.tui.places import Trail

__all__ = ["Shell"]

_MOVES: Final = (
    ("↑ ↓", "Another row; page up, page down, home and end too."),
    ("tab", "The next pane; shift+tab the one before."),
)
_OUTSIDE: Final = re.compile(r"@font-face\s*\{[^}]*\}|<!--.*?-->", re.DOTALL)
# Commands that are the action of a key too.
_ACTIONS: Final = {
    "open": "open",
    "demo": "demo",
    "reload": "reload",
    "cancel": "cancel",
    "back": "earlier",
    "forward": "later",
    "help": "help",
    "jump": "jump",
    "quit": "quit",
}


class _Sheet(Stylesheet):
    """The styles; what was parsed under the same colours is not parsed again, as Textual does whenever a screen brings its own."""

    def reparse(self) -> None:
        """Read what is new."""
        self.parse()


class Shell(Keyboard):
    """Holds the session, and does what needs no more than it and the screen; the app binds keys to its actions."""

    session: reactive[Session] = reactive(Session, always_update=True)

    def __init__(self) -> None:
        """Know the themes."""
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        # Before anything is drawn the first theme is worn, not changed to, which would parse every style sheet once more.
        self.set_reactive(Shell.theme, THEMES[0].name)
        self.set_class(THEMES[0].dark, "-dark-mode", update=False)
        self.stylesheet = _Sheet(variables=self.get_css_variables())

    # --- places -----------------------------------------------------------------------------------------------------

    def go(self, mode: str) -> AwaitComplete | Any:  # noqa: ANN401  what Textual gives to wait for
        """Go to a place, and remember that."""
        return self._be_at(self.session.trail.visit(mode))

    def _be_at(self, trail: Trail) -> Any:  # noqa: ANN401
        self.session = self.session.at(trail)
        return self.switch_mode(trail.here)

    def action_go(self, mode: str) -> None:
        """Go to a place."""
        self.go(mode)

    def action_earlier(self) -> None:
        """Go to the place before."""
        self._be_at(self.session.trail.back())

    def action_later(self) -> None:
        """Go on again."""
        self._be_at(self.session.trail.forward())

    # --- units, colours, help ---------------------------------------------------------------------------------------

    def action_units(self) -> None:
        """Show sizes in GB or in GiB, everywhere."""
        self.session = self.session.in_other_units()

    def action_theme(self) -> None:
        """Take the next colours."""
        names = [theme.name for theme in THEMES]
        self._wear(names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0])

    def _wear(self, name: str) -> None:
        self.theme = name
        self.notify(f"Theme {name}: :theme NAME chooses.")

    def action_help(self) -> None:
        """Show help for the pane that has the focus."""
        from regplan.tui.screens.help import HelpScreen

        screen, pane = self.screen, self._focused_pane()
        if pane is not None:
            self.push_screen(HelpScreen(str(pane.border_title), pane.guide, [*_MOVES, *self._keys()]))
        elif isinstance(screen, SiteScreen):
            self.push_screen(HelpScreen(str(screen.TITLE), screen.GUIDE, self._keys()))

    def action_jump(self) -> None:
        """Put a letter on each place that keys can go to, and go where one leads."""
        from regplan.tui.screens.jump import JumpScreen, marks_of

        def chosen(widget: Widget | None) -> None:
            if widget is not None and widget.is_attached:
                self.screen.set_focus(widget)

        self.push_screen(JumpScreen(marks_of(self.screen)), chosen)

    def _keys(self) -> list[tuple[str, str]]:
        """List each active key that has something to say, the focused pane's before those that work everywhere."""
        active = [each for each in self.screen.active_bindings.values() if each.binding.tooltip]
        active.sort(key=lambda each: each.node is self)
        return [(self.get_key_display(each.binding), each.binding.tooltip) for each in active]

    def _focused_pane(self) -> TablePane | None:
        focused = self.screen.focused
        nodes = focused.ancestors_with_self if focused is not None else []
        return next((node for node in nodes if isinstance(node, TablePane)), None)

    # --- what panes ask for -----------------------------------------------------------------------------------------

    @on(ColumnsAsked)
    def _ask_columns(self, event: ColumnsAsked) -> None:
        from regplan.tui.screens.columns import ColumnsScreen

        table = event.pane.table

        def chosen(keys: tuple[str, ...] | None) -> None:
            if keys is not None:
                table.look(replace(table.view, columns=keys))

        self.push_screen(ColumnsScreen(table.all_columns, table.columns_in_view), chosen)

    @on(CopyAsked)
    def _copy(self, event: CopyAsked) -> None:
        self.copy_to_clipboard("\n".join(event.names))
        first = tidy(event.names[0])
        self.notify(f"Copied {first}" if len(event.names) == 1 else f"Copied {len(event.names):,} names", markup=False)

    @on(ExportAsked)
    def _ask_export(self, event: ExportAsked) -> None:
        if self._may_write():
            site = self.session.study.plan.site.name if self.session.study is not None else "view"
            from regplan.tui.export import file_name
            from regplan.tui.screens.export import ExportScreen

            title = str(event.pane.border_title)

            def typed(path: str | None) -> None:
                if path is not None:
                    self.call_after_refresh(self.export_pane, event.pane, path)

            self.push_screen(ExportScreen(title, file_name(site, title)), typed)

    def _may_write(self) -> bool:
        if self.session.flags.read_only:
            self.notify("READ-ONLY: no file is written.", severity="error")
        return not self.session.flags.read_only

    def export_pane(self, pane: TablePane, path: str) -> None:
        """Write what a pane shows to a file, in a thread; the end of the name tells the format."""
        from regplan.tui.export import Sheet, format_of, sheet_bytes

        suffix, table = format_of(path), pane.table
        if suffix == "svg":
            svg = self.export_screenshot().encode()
            self._write(path, lambda: svg, "the screen")
            return
        study, records = self.session.study, table.chosen()
        sheet = Sheet(
            study.plan.site.name if study is not None else "",
            str(self.screen.TITLE),
            str(pane.border_title),
            tuple(table.columns_in_view),
            records,
            table.view.sort,
            table.view.pattern,
            self.session.binary,
        )
        self._write(path, lambda: sheet_bytes(sheet, suffix), counted(len(records), "row"))

    def _write(self, path: str, make: Any, what: str) -> None:  # noqa: ANN401  a function that gives bytes
        target = Path(user_path(path)).absolute()
        self.write_with(lambda: write_atomic(target, make()), path, what)

    def write_with(self, do: Callable[[], object], path: str, what: str) -> None:
        """Have a file written in a thread, and say so, or what is wrong with it."""
        target = Path(user_path(path)).absolute()

        async def write() -> None:
            do()

        async def work() -> None:
            try:
                await in_thread(write)
            except InputError as error:
                self.notify(error.message, severity="error", markup=False)
            else:
                self.notify(f"Written: {target} ({what})", markup=False)

        self.run_worker(work(), group="export")

    # --- commands ---------------------------------------------------------------------------------------------------

    def action_command(self) -> None:
        """Ask for a command."""
        from regplan.tui.screens.command import CommandScreen

        self.push_screen(CommandScreen(self._commands()), self._typed)

    def _commands(self) -> Any:  # noqa: ANN401
        return commands_for(frozenset(self._modes))

    def _typed(self, line: str | None) -> None:
        if line is not None:
            self.run_worker(self.obey(line), group=COMMAND_GROUP)

    async def obey(self, line: str) -> None:
        """Do what a typed line says, or say what is wrong with it."""
        try:
            order = parse(line, self._commands())
            if order.name in _ACTIONS and not order.argument:
                await self.run_action(_ACTIONS[order.name])
            elif order.name in self._modes:
                await self._visit(order)
            elif order.name in {"units", "theme", "open"}:
                self._set(order)
            elif order.name in (orders := self.orders()):
                orders[order.name](order.argument)
            else:
                await self._with_pane(order)
        except InputError as error:
            self.notify(error.message, severity="error", markup=False)

    async def _visit(self, order: Order) -> None:
        await self.go(order.name)
        if order.argument and isinstance(self.screen, SiteScreen):
            self.screen.take(order.argument)

    def _set(self, order: Order) -> None:
        if order.name == "open":
            self.open_site(str(user_path(order.argument)))
        elif order.name == "units":
            wanted = order.argument.casefold()
            if wanted not in {"", "gb", "gib"}:
                raise InputError(f":units {order.argument}: it is GB or GiB")
            if not wanted or (wanted == "gib") != self.session.binary:
                self.action_units()
        elif not order.argument:
            self.action_theme()
        else:
            names = [theme.name for theme in THEMES]
            if order.argument not in names:
                raise InputError(f"there is no theme {order.argument}: {', '.join(names)}")
            self._wear(order.argument)

    def orders(self) -> dict[str, Callable[[str], None]]:
        """Name what further commands do with what stands after them."""
        return {}

    def open_site(self, target: str) -> None:
        """Resolve and plan a site; the app that does work says how."""
        raise NotImplementedError(target)

    async def _with_pane(self, order: Order) -> None:
        pane = self._focused_pane()
        if pane is None:
            raise InputError(f":{order.name} needs a table; 1 shows the verdict's")
        table, argument = pane.table, order.argument
        if order.name == "filter":
            pane.filter_by(argument)
        elif order.name == "sort":
            table.sort_by(*argument.casefold().split())
        elif order.name == "mark":
            if argument not in {"all", "none"}:
                raise InputError(f":mark {argument}: it is all or none")
            table.mark_all(marked=argument == "all")
        elif order.name == "columns" and argument:
            table.choose_columns(argument.casefold())
        elif order.name == "export" and argument:
            if self._may_write():
                from regplan.tui.export import format_of

                format_of(argument)
                self.export_pane(pane, argument)
        else:
            getattr(pane, f"action_{order.name}")()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """List the commands that need nothing after them, for the palette."""
        del screen
        for command in self._commands():
            if not command.needs:
                name = command.name
                yield SystemCommand(name, command.says, lambda name=name: self._typed(name))

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """Draw the screen as SVG; unlike Textual's own it names no other host."""
        return _OUTSIDE.sub("", super().export_screenshot(title=title, simplify=simplify))
