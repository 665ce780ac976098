"""The Containerfile, which no engine builds here: what it copies is there, and is all that an installation needs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()


def copied() -> list[str]:
    """What the build stage copies from the project."""
    words = [line.split()[1:] for line in LINES if line.startswith("COPY ") and "--from=" not in line]
    return [name for line in words for name in line[:-1]]


def test_what_is_copied_is_there_and_holds_what_the_package_is_made_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {project["project"]["readme"], *project["project"]["license-files"], "pyproject.toml", "src"}
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"].get("force-include", {})

    assert all((ROOT / name).exists() for name in copied())
    assert needed | {name.partition("/")[0] for name in included} <= set(copied())


def test_it_runs_as_nobody_in_particular_and_starts_regplan() -> None:
    users = [line.split()[1] for line in LINES if line.startswith("USER ")]
    uid = next(re.findall(r"--uid (\d+)", line)[0] for line in LINES if "useradd" in line)

    assert users == [uid]
    assert LINES[-2:] == ['ENTRYPOINT ["regplan"]', 'CMD ["--help"]']
    assert not [line for line in LINES if re.search(r"(?i)password|token|secret", line) and not line.startswith("#")]


@pytest.mark.slow
@pytest.mark.installs
def test_its_build_steps_give_a_regplan_that_runs(tmp_path: Path) -> None:
    for name in copied():
        place = tmp_path / "src" / name
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        place.parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, place)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    program = tmp_path / "venv" / "bin"
    installing = [str(program / "pip"), "install", "--quiet", "--constraint", "constraints.txt", "."]
    subprocess.run(installing, cwd=tmp_path / "src", check=True, timeout=300)

    said = subprocess.run(
        [str(program / "regplan"), "demo"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    assert said.returncode == 0, said.stderr
    assert "storage" in said.stdout
