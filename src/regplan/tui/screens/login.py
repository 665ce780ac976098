"""Asks who one is at a registry; what is typed is never shown, and never kept longer than the app runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from regplan.registry.options import Credential, Login, Secret
from regplan.report.words import tidy

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ["LoginScreen"]


class LoginScreen(ModalScreen[Login | None]):
    """Ends with a login for one host, or None."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", tooltip="Log in nowhere.")]

    def __init__(self, host: str, why: str) -> None:
        """Take the host that wants to know who asks, and what it said."""
        super().__init__()
        self._host, self._why = host, why

    def compose(self) -> ComposeResult:
        """Lay out the two lines."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = f"Log in at {tidy(self._host)}"
            dialog.border_subtitle = "enter goes on · esc closes"
            yield Static(f"{tidy(self._why)} Kept in memory until you quit, and written nowhere.", markup=False)
            yield Input(placeholder="user", id="login-user")
            yield Input(placeholder="password", password=True, id="login-password")
            yield Static("", markup=False, classes="words")

    @on(Input.Submitted, "#login-user")
    def _go_on(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one("#login-password", Input).focus()

    @on(Input.Submitted, "#login-password")
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        user = self.query_one("#login-user", Input).value.strip()
        if not user or not event.value:
            self.query_one(".words", Static).update("Both a user and a password are needed.")
            return
        credential = Credential(username=user, password=Secret(event.value), origin="what was typed")
        event.input.value = ""
        self.dismiss(Login(self._host, credential))
