from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.cli.saying import say

if TYPE_CHECKING:
    import pytest


def test_no_terminal_acts_on_what_is_said_and_nothing_of_it_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    say("sites.csv: line 6: in\u202eni\x1b[31m\x9b2J\rab: no such file")

    said = capsys.readouterr()
    assert said.err == "sites.csv: line 6: in\\u202eni\\u001b[31m\\u009b2J\\rab: no such file\n"
    assert said.out == ""
