"""The kernel of the launcher's card, started as Jupyter starts it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

import regplan
from regplan.notebook.kernel import BANNER, PRELOADED
from regplan.notebook.lab import KERNELS
from regplan.notebook.views import PLAN_TYPE


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let Jupyter find the kernel of the sources, as `regplan lab` does, in an empty home."""
    assert regplan.__file__ is not None
    paths = (str(Path(regplan.__file__).parents[1]), os.environ.get("PYTHONPATH", ""))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    monkeypatch.setenv("JUPYTER_PATH", str(KERNELS))
    for name in ("HOME", "IPYTHONDIR", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))


def run(*cells: str) -> Any:
    made = [nbformat.v4.new_code_cell(each) for each in cells]  # type: ignore[no-untyped-call]
    notebook = nbformat.v4.new_notebook(cells=made)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=60, kernel_name="regplan").execute()
    return notebook


@pytest.mark.notebook
@pytest.mark.usefixtures("card")
def test_the_card_starts_a_kernel_that_plans_without_an_import() -> None:
    assert KernelSpecManager().get_kernel_spec("regplan").display_name == "regplan (site sizing)"
    notebook = run(
        "plan_site(demo_site(), Options())",
        "%regplan --version",
        "import os; os.environ['PLOTLY_RENDERER'], sorted(set(globals()) & {'regplan', 'frame', 'charts'})",
        "%who",
    )
    shown, version, names, own = (cell.outputs for cell in notebook.cells)
    assert shown[-1].data[PLAN_TYPE]["verdict"] == "MARGINAL"
    assert version[0].text == f"regplan, version {regplan.__version__}\n"
    assert names[0].data["text/plain"] == "('plotly_mimetype+notebook', ['charts', 'frame', 'regplan'])"
    assert own[0].text.split() == ["os"]


SLOW = """
import time
from regplan.model.progress import Progress
from regplan.verbs.options import heard
from regplan.verbs.portal import run_blocking

async def work():
    for done in (1, 2):
        time.sleep(1.1)
        heard(None)(Progress(done, 2, "images"))

run_blocking(work)
"""


@pytest.mark.notebook
@pytest.mark.usefixtures("card")
def test_a_long_call_in_the_running_loop_shows_a_line_below_its_own_cell_and_leaves_it_empty() -> None:
    notebook = run(SLOW, "1")
    [line] = notebook.cells[0].outputs
    assert line.output_type == "display_data"
    assert line.data["text/plain"] == ""


def test_the_banner_names_what_is_ready() -> None:
    assert all(name in BANNER for name in PRELOADED)
    assert all(name in regplan.__all__ for name in PRELOADED)
