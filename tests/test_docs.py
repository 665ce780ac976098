"""The docs cannot lag behind: every verb, option, rule, public name and README command is held against the code."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

import regplan
from regplan.cli.app import cli, main

ROOT = Path(__file__).parents[1]
COLUMNS = 100
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("regplan ")]


def test_the_page_of_the_command_line_is_what_help_prints() -> None:
    # Of the sources beside the page, whatever is installed.
    own = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, ROOT / "scripts" / "docs", "--check"], cwd=ROOT, env=own, check=False)

    assert done.returncode == 0, "run scripts/docs"


@pytest.mark.parametrize("command", _commands())
def test_every_command_in_the_readme_has_verbs_and_options_that_exist(command: str) -> None:
    words = shlex.split(command.split("|", maxsplit=1)[0], comments=True)
    group = click.Context(cli)
    verb = cli.get_command(group, words[1])

    assert verb is not None, words[1]
    known = {name for parameter in verb.params for name in parameter.opts}
    assert {word.split("=")[0] for word in words[2:] if word.startswith("-")} <= known


def test_every_public_name_stands_in_the_docs() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")

    assert [name for name in regplan.__all__ if f"`{name}" not in page] == []


def test_every_public_name_can_be_loaded() -> None:
    assert [name for name in regplan.__all__ if getattr(regplan, name, None) is None] == []


def test_the_readme_shows_what_the_demo_prints_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    shown = re.search(r"<!-- demo -->\n```\n(.*?)```\n<!-- /demo -->", README, re.DOTALL)

    assert shown is not None
    assert shown[1] == on_a_terminal("demo")


def on_a_terminal(*arguments: str) -> str:
    """Tell what a call prints where standard output is a terminal."""
    screen = Screen()
    with contextlib.redirect_stdout(screen):
        assert main(arguments) == 0
    return screen.getvalue()


class Screen(io.StringIO):
    """Says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 200


@pytest.mark.parametrize(
    "page", sorted(ROOT.glob("docs/**/*.md")) + sorted(ROOT.glob("*.md")), ids=lambda page: page.name
)
def test_every_heading_has_something_below_it(page: Path) -> None:
    """A heading whose own text is empty may only be followed by one of a lower rank."""
    text = re.sub(r"```.*?```", "code", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    parts = re.split(r"^(#+) +(.*)\n", text, flags=re.MULTILINE)[1:]
    found = [(len(rank), name, bool(body.strip())) for rank, name, body in zip(*[iter(parts)] * 3, strict=True)]
    following = [rank for rank, _, _ in found[1:]] + [0]

    assert [
        name for (rank, name, says), after in zip(found, following, strict=True) if not says and after <= rank
    ] == []


def test_every_check_of_a_seeding_stands_in_its_page() -> None:
    from regplan.plan.preflight import SEED_RULES

    page = (ROOT / "docs" / "seeding.md").read_text(encoding="utf-8")

    assert not [rule.id for rule in SEED_RULES if f"`{rule.id}`" not in page]
