"""Notebooks run as users run them: by papermill, in a process apart, where there is no network but loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

import regplan

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
PLOTLY = "application/vnd.plotly.v1+json"
_TIMEOUT_S = 600


def run(name: str, folder: Path, **parameters: str) -> Any:
    """Run a notebook of the project in an empty folder and home, and return it with its outputs; a failing cell fails."""
    out = folder.parent / f"{folder.name}-{name}"
    done = apart(
        [sys.executable, "-c", _PAPERMILL, str(NOTEBOOKS / name), str(out), str(folder), json.dumps(parameters)], folder
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return nbformat.read(out, as_version=4)  # type: ignore[no-untyped-call]


def apart(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command where nothing but loopback can be reached, if this machine lets one do that."""
    return subprocess.run(
        [*without_network(), *command],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
    )


def environment(folder: Path) -> dict[str, str]:
    """Tell a process where the tested regplan is, and give it an empty home."""
    assert regplan.__file__ is not None
    paths = (str(Path(regplan.__file__).parents[1]), os.environ.get("PYTHONPATH", ""))
    home = folder.parent / f"{folder.name}-home"
    home.mkdir(exist_ok=True)
    ours = {"HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "XDG_CACHE_HOME": str(home / "cache")}
    return {**os.environ, **ours, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def outputs(notebook: Any, media_type: str) -> list[Any]:
    """Tell every output of a type, in order."""
    return [
        output.data[media_type]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if media_type in output.get("data", {})
    ]


@cache
def without_network() -> tuple[str, ...]:
    """Tell what stands before a command for it to have no network but loopback; nothing where this machine lets no one do that."""
    root = () if hasattr(os, "geteuid") and os.geteuid() == 0 else ("--map-root-user",)
    begin = ("unshare", "--net", *root, "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
    try:
        works = subprocess.run([*begin, "true"], capture_output=True, check=False, timeout=20).returncode == 0
    except OSError:
        works = False
    return begin if works else ()


# On a busy machine outputs come later behind a cell's end than the four seconds that papermill's command waits.
_PAPERMILL = """
import json, sys
import papermill

source, out, folder, parameters = sys.argv[1:]
papermill.execute_notebook(source, out, json.loads(parameters), cwd=folder, progress_bar=False, iopub_timeout=120)
"""
