from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.progress import Progress
from regplan.notebook import load_ipython_extension, unload_ipython_extension
from regplan.notebook.progress import ProgressLine
from regplan.verbs.demo import demo_options, demo_site
from regplan.verbs.options import heard, listen
from regplan.verbs.study import plan_site

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def nobody_listens_afterwards() -> Iterator[None]:
    yield
    listen(None)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What stands in the line, one text after the other."""
    found: list[str] = []

    class Handle:
        def update(self, bundle: dict[str, str], *, raw: bool) -> None:
            assert raw
            found.append(bundle["text/plain"])

    def display(bundle: dict[str, str], *, raw: bool, display_id: bool) -> Handle:
        assert raw
        assert display_id
        found.append(bundle["text/plain"])
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    return found


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_long_cell_says_how_far_it_is_and_leaves_nothing(shown: list[str]) -> None:
    clock = Clock()
    line = ProgressLine(clock)
    line.begin()
    for moment_s, done in ((100.5, 1), (101.5, 2), (101.6, 3), (102.0, 4)):
        clock.now_s = moment_s
        line(Progress(done, 9, "images", "a\x1b[2Jb"))
    line.end()
    assert shown == ["2 of 9 images a [2Jb", "4 of 9 images a [2Jb", ""]


def test_a_short_cell_and_what_is_heard_between_cells_say_nothing(shown: list[str]) -> None:
    line = ProgressLine(Clock())
    line(Progress(1, 9, "images"))
    line.begin()
    line(Progress(1, 9, "images"))
    line.end()
    line(Progress(2, 9, "images"))
    assert shown == []


def test_calls_that_name_no_listener_are_heard_and_a_named_one_comes_first() -> None:
    told: list[Progress] = []
    own: list[Progress] = []
    listen(told.append)
    plan_site(demo_site(), demo_options())
    assert told[-1].done == told[-1].total > 0
    count = len(told)
    plan_site(demo_site(), demo_options(), own.append)
    assert own
    assert len(told) == count


def test_the_extension_listens_once_however_often_it_is_loaded_and_not_after_it_is_unloaded(shell: Any) -> None:
    load_ipython_extension(shell)
    lines = [each for each in shell.events.callbacks["pre_run_cell"] if isinstance(each.__self__, ProgressLine)]
    assert len(lines) == 1
    assert heard(None) is not None
    unload_ipython_extension(shell)
    assert heard(None) is None
