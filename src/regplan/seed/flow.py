"""What one step's bytes go through on their way: the cap, the hours, and who counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.errors import Unreachable
from regplan.seed.limits import StallWatch
from regplan.seed.tempo import Tempo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from threading import Event as Flag

    from regplan.seed.settings import Settings

__all__ = ["Flow", "Gate"]

_LOOK_EVERY_S: Final = 0.2


class Gate:
    """Whether anything may move now; written in the event loop and read in every thread."""

    def __init__(self) -> None:
        """Be open."""
        self.is_open = True


class Flow:
    """The bytes of one attempt at a step; what it holds back itself is no stall."""

    def __init__(
        self, settings: Settings, gate: Gate, moving: Callable[[int], None], tempo: Tempo | None = None
    ) -> None:
        """Tell `moving` how many bytes the target has taken so far, and `tempo`, which steps share, how long they took."""
        self.tempo = tempo or Tempo(settings.longest_s, None, lambda: 1)
        self._settings, self._gate, self._moving = settings, gate, moving
        self._watch = StallWatch(settings.min_bps, settings.patience_s)
        self._passed = self._first = 0
        self._began_s: float | None = None
        self._unpaid = 0
        self._is_moving = False
        # Whether no other large blob is under way, so that its rate is the link's.
        self.is_alone = False

    def is_stalled(self, now_s: float) -> bool:
        """Tell whether bytes should move and do not."""
        return self._is_moving and self._watch.is_stalled(now_s)

    async def admit_whole(self, size: int) -> None:
        """Wait until so many bytes may be sent."""
        limiter = self._settings.limiter
        if limiter is not None:
            for wait_s in self._parted(limiter.reserve(size, self._settings.clock())):
                await self._settings.sleep(wait_s)

    async def admit_ahead(self, size: int) -> None:
        """Wait until a stream of so many bytes may be asked for: some of them come before anybody reads them.

        They are paid for here, and the last ones that go on to the target are then paid for already.
        """
        limiter = self._settings.limiter
        if limiter is not None:
            ahead = min(size, (limiter.ahead_bytes or limiter.piece_bytes) + limiter.piece_bytes)
            self._unpaid = size - ahead
            await self.admit_whole(ahead)

    def begins(self, place: int) -> None:
        """Note that bytes from this place on are to move next."""
        self._passed = self._first = place
        self._began_s = None
        self._moving(place)

    def parts(self, piece: bytes) -> Iterator[bytes]:
        """Split a piece so that a capped stream is even within a second."""
        limiter = self._settings.limiter
        most = len(piece) if limiter is None else limiter.piece_bytes
        if len(piece) <= most:
            yield piece
            return
        view = memoryview(piece)
        for start in range(0, len(piece), most):
            yield view[start : start + most]  # type: ignore[misc]  # all that takes bytes takes it

    def admit(self, size: int, cut: Flag) -> None:
        """Wait, in a worker thread, until so many bytes may be sent; raises `Unreachable` where it is cut."""
        if not self._is_moving:
            self._is_moving = True
            self._watch.note(0, self._settings.clock())
        if self._began_s is None:
            self._began_s = self._settings.clock()
        while not self._gate.is_open:
            self._wait(_LOOK_EVERY_S, cut)
        limiter = self._settings.limiter
        if limiter is not None:
            due = min(size, self._unpaid)
            self._unpaid -= due
            for wait_s in self._parted(limiter.reserve(due, self._settings.clock()) if due else 0.0):
                self._wait(wait_s, cut)
        elif cut.is_set():
            raise Unreachable("it was cut off")

    def passed(self, size: int) -> None:
        """Note how many bytes the target has taken so far."""
        self._watch.note(max(0, size - self._passed), self._settings.clock())
        self._passed = size
        self._moving(size)

    def rests(self) -> None:
        """Note that nothing more is to move: what the target does with the bytes may take its time."""
        self._is_moving = False

    def took(self) -> None:
        """Note how long the bytes took until the target had them: the last ones lie in this machine's buffers before that."""
        (self.tempo.gauged if self.is_alone else self.tempo.took)(*self.moved)

    @property
    def moved(self) -> tuple[int, float]:
        """How many bytes have moved since `begins`, and in how many seconds."""
        return self._passed - self._first, 0.0 if self._began_s is None else self._settings.clock() - self._began_s

    def _parted(self, wait_s: float) -> Iterable[float]:
        """Part a wait for the cap where that may be changed before it is over; at least one look is taken."""
        steering = self._settings.steering
        return (wait_s,) if steering is None or not wait_s else steering.limiter.slices(wait_s)

    def _wait(self, wait_s: float, cut: Flag) -> None:
        self._watch.excuse(wait_s)
        if cut.wait(wait_s):
            raise Unreachable("it was cut off")
