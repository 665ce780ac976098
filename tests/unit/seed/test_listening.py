from __future__ import annotations

from regplan.seed.listening import Listener, Listeners
from regplan.seed.steps import CopyBlob, Event, Outcome
from unit.seed.samples import digest_of

STEP = CopyBlob(digest_of(b"x"), "p/a", "p/a", "docker.io/library/a")


class Full(Listener):
    """A journal on a full disk."""

    def __init__(self) -> None:
        self.times = 0

    def heard(self, _: Event) -> None:
        self.times += 1
        raise OSError(28, "No space left on device")


class Broken(Listener):
    def __init__(self) -> None:
        self.times = 0

    def moving(self, _: object, __: int) -> None:
        self.times += 1
        raise ZeroDivisionError


class Hearing(Listener):
    def __init__(self) -> None:
        self.said: list[object] = []

    def moving(self, _: object, sent_bytes: int) -> None:
        self.said.append(sent_bytes)

    def heard(self, event: Event) -> None:
        self.said.append(event.outcome)


def test_a_listener_that_fails_is_told_nothing_more_and_the_others_hear_on() -> None:
    broken, hearing = Broken(), Hearing()
    told = Listeners([broken, hearing])

    told.moving(STEP, 1)
    told.moving(STEP, 2)
    told.started(STEP)
    told.retried(STEP, "it broke", 0.5)
    told.waiting("a window", 9.0)

    assert hearing.said == [1, 2]
    assert (broken.times, told.broken) == (1, "")


def test_a_journal_that_cannot_write_is_told_of_and_the_others_hear_on() -> None:
    full, hearing = Full(), Hearing()
    told = Listeners([hearing], [full])

    told.heard(Event(STEP, Outcome.SENT))
    told.heard(Event(STEP, Outcome.MOUNTED))

    assert "No space left on device" in told.broken
    assert (full.times, hearing.said) == (1, [Outcome.SENT, Outcome.MOUNTED])
