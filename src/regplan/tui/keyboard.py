"""Keys in the order in which they were pressed: what one begins stands before the next one goes anywhere."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from textual.app import App
from textual.events import Event, Key, Paste
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.dom import DOMNode

__all__ = ["COMMAND_GROUP", "Keyboard"]

# The workers that do what a typed command says.
COMMAND_GROUP: Final = "command"
# What a key leads to is done after at most three ways from the focus up to the app: of the key, of what its action asks for
# there, and of what that closes.
_WAYS: Final = 3
# What opens is looked at so often, and waited for no longer than that.
_LOOK_EACH_S, _PATIENCE_S = 0.005, 2.0


class Keyboard(App[None]):
    """Gives each key to what has the focus once that stands which the keys before it have begun.

    Textual gives a key at once to what has the focus at that moment: of `/abc` typed fast the letters would reach the table whose
    filter is about to open, and there sort it and mark in it.
    """

    def __init__(self) -> None:
        """Wait for nothing."""
        super().__init__()
        self._held: deque[Key | Paste] = deque()
        self._key = self._ways_left = 0
        self._waits_until_s = 0.0

    async def on_event(self, event: Event) -> None:
        """Hold a key back while what the one before it began is under way."""
        if not isinstance(event, (Key, Paste)) or event.is_forwarded:
            await super().on_event(event)
        else:
            self._held.append(event)
            if time.monotonic() > self._waits_until_s + _PATIENCE_S:
                self._ways_left = 0  # whatever holds it up, the keys go on
            await self._give_held()

    async def _give_held(self) -> None:
        while self._held and not self._ways_left:
            await self._give(self._held.popleft())

    async def _give(self, event: Key | Paste) -> None:
        """Give a key to what has the focus; text that goes into a line changes nothing else, and is not waited for."""
        focused = self.focused
        await super().on_event(event)
        if isinstance(focused, Input) and (isinstance(event, Paste) or event.is_printable):
            return
        self._key, self._ways_left = self._key + 1, _WAYS
        self._waits_until_s = time.monotonic() + _PATIENCE_S
        self._follow(focused or self.screen, self._key)

    def _follow(self, node: DOMNode | None, key: int) -> None:
        """Go the way of a key behind it, from widget to widget up to the app; one that is being removed is passed over."""
        while node is not None and node is not self:
            above = node.parent
            if node.call_later(self._follow, above, key):
                return
            node = above
        self.call_later(self._look, key)

    async def _look(self, key: int) -> None:
        """Give the next key where what the one before has begun stands; else look again."""
        if key != self._key or not self._ways_left or not self.screen_stack:
            return  # it was waited for long enough, or the app ends
        if time.monotonic() < self._waits_until_s and not self._stands:
            # Textual's own timer never goes off where the loop is late by more than its interval.
            asyncio.get_running_loop().call_later(_LOOK_EACH_S, self.call_later, self._look, key)
            return
        self._ways_left -= 1
        if self._ways_left:
            self._follow(self.focused or self.screen, key)
        else:
            await self._give_held()

    @property
    def is_busy(self) -> bool:
        """Whether what the last key began may still be under way; keys are held until it stands."""
        return bool(self._ways_left)

    @property
    def _stands(self) -> bool:
        """Whether the screen in view is there with all that is on it, and no typed command is under way."""
        return self.screen.is_mounted and not any(
            worker.group == COMMAND_GROUP and not worker.is_finished for worker in self.workers
        )
