from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from regplan.errors import InputError
from regplan.model.finding import Verdict
from regplan.notebook import unload_ipython_extension
from regplan.notebook.magics import CommandFailed, run_line, study_of_cell
from regplan.verbs.demo import demo_site


@pytest.fixture(autouse=True)
def sources(monkeypatch: pytest.MonkeyPatch) -> None:
    # The process of its own is to run what is tested.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3] / "src"))


def demo_text() -> str:
    """The demo's site file with its paths written out, as somebody would paste it into a cell."""
    text = demo_site().read_text(encoding="utf-8")
    folder = demo_site().parent.as_posix()
    return text.replace("profiles/", f"{folder}/profiles/").replace(
        "recording:recording", f"recording:{folder}/recording"
    )


def test_a_line_of_the_command_line_prints_into_the_cell(shell: Any, capfd: pytest.CaptureFixture[str]) -> None:
    shell.run_line_magic("regplan", f'plan "{demo_site()}" --offline')
    out = capfd.readouterr().out
    assert "MARGINAL" in out
    assert shell.user_ns["_exit_code"] == 0


def test_a_verdict_that_fails_is_an_answer_and_no_error(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(demo_text().replace("storage: 320GiB", "storage: 2GB"), encoding="utf-8")
    assert run_line(f"plan {site.as_posix()} --offline") == 1
    assert "FAIL" in capfd.readouterr().out


def test_what_a_command_says_last_is_the_error_of_the_cell(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandFailed, match=r"^absent\.yaml: .*no such file"):
        run_line("plan absent.yaml")
    assert capfd.readouterr().err == ""


def test_no_shell_reads_the_line(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    made = tmp_path / "made"
    with pytest.raises(CommandFailed):
        run_line(f"plan absent.yaml ; touch {made.as_posix()}")
    assert not made.exists()
    capfd.readouterr()


@pytest.mark.parametrize("line", ["tui site.yaml", "lab", 'plan "unclosed'])
def test_what_cannot_run_in_a_cell_says_so(line: str) -> None:
    with pytest.raises(InputError):
        run_line(line)


def test_a_site_file_in_a_cell_is_planned_and_kept(shell: Any) -> None:
    study = shell.run_cell_magic("site", "store --offline", demo_text())
    assert study.plan.verdict is Verdict.MARGINAL
    assert shell.user_ns["store"] is study


def test_a_mistake_in_a_cell_is_named_by_its_line() -> None:
    with pytest.raises(InputError, match=r"^%%site: .*\n.*line 2, column 1: hosst"):
        study_of_cell("", "name: store\nhosst: 3\n")
    with pytest.raises(InputError, match=r"^%%site: .*--bogus"):
        study_of_cell("store --bogus", "")
    with pytest.raises(InputError, match="no name for a variable"):
        study_of_cell("2store", "")


def test_an_error_of_regplan_is_one_sentence_and_others_keep_their_traceback(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("from regplan.verbs.sites import read_site; read_site('absent.yaml')")
    said = capsys.readouterr().out
    assert said.startswith("InputError: absent.yaml: ")
    assert len(said.splitlines()) == 1
    shell.run_cell("1 / 0")
    assert "Traceback" in capsys.readouterr().out


def test_an_error_that_holds_control_characters_changes_no_screen(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("from regplan.errors import InputError; raise InputError('a\\x1b[2Jb\\u202ec')")
    assert capsys.readouterr().out.strip() == "InputError: a [2Jb�c"


def test_unloading_takes_the_magics_away(shell: Any) -> None:
    unload_ipython_extension(shell)
    assert shell.find_line_magic("regplan") is None
    assert shell.find_cell_magic("site") is None
    assert shell.custom_exceptions == ()


def test_the_process_is_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(FileNotFoundError):
        run_line("--version")
