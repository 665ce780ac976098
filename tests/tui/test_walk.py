"""A real run in a real terminal, key by key: what scripts/walk does of itself, in the long run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WALK = Path(__file__).parents[2] / "scripts" / "walk"


@pytest.mark.slow
@pytest.mark.tui
@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_a_walk_through_the_app_in_tmux_sees_what_it_should_at_both_sizes() -> None:
    said = subprocess.run([sys.executable, str(WALK)], capture_output=True, text=True, check=False, timeout=580)

    assert said.returncode == 0, said.stderr
    assert [line.partition(":")[0] for line in said.stdout.splitlines()] == ["80x24", "120x40"]
