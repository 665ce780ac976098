"""One archive, carried to a machine without a network, is all that an installation needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.tools import skip_without

ROOT = Path(__file__).parents[1]
# pip may need the proxy and certificates that the fixture `home` takes away.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

pytestmark = [pytest.mark.slow, pytest.mark.installs]


def test_the_wheelhouse_installs_everything_and_runs_the_demo_where_there_is_no_network(tmp_path: Path) -> None:
    skip_without("unshare", "tar")
    _run([str(ROOT / "scripts/wheelhouse"), "-o", str(tmp_path)], ROOT)
    [archive] = tmp_path.glob("regplan-wheelhouse-*.tar.gz")
    _run(["tar", "-xzf", archive.name], tmp_path)
    folder = archive.name.removesuffix(".tar.gz")
    python = "venv/bin/python"

    links = _apart([sys.executable, "-c", "print(open('/proc/net/dev').read())"], tmp_path).splitlines()[2:]
    _apart([sys.executable, "-m", "venv", "venv"], tmp_path)
    _apart([python, "-m", "pip", "install", "--no-index", "--find-links", folder, "regplan[all]"], tmp_path)
    shown = _apart(["venv/bin/regplan", "demo"], tmp_path)
    plan = json.loads(_apart([python, "-m", "regplan", "demo", "-o", "json"], tmp_path))

    assert [link.partition(":")[0].strip() for link in links if link] == ["lo"]
    assert plan["kind"] == "plan"
    assert plan["images"]["resolved"] > 0
    assert plan["verdict"] in shown
    assert (tmp_path / folder / "INSTALL.txt").is_file()
    _run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], tmp_path / folder)


def _apart(command: list[str], folder: Path) -> str:
    """Run the command in a network namespace of its own, in which nothing but an unconfigured loopback exists."""
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return _run(["unshare", "--net", *root, *command], folder)


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout
