"""The notebook of published measurements, run in a kernel of its own; the ordinary run has it too, by nbmake, to its asserts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import regplan

ROOT = Path(__file__).parents[2]
HELD = ROOT / "notebooks" / "12-held-against-reality.ipynb"
TABLES = json.loads((ROOT / "data" / "published" / "measurements.json").read_text(encoding="utf-8"))
PLOTLY = "application/vnd.plotly.v1+json"


def run(folder: Path, more: str = "") -> Any:
    """Run it in an empty folder and home, with `more` behind the cell that loads the tables."""
    notebook = nbformat.read(HELD, as_version=4)  # type: ignore[no-untyped-call]
    place = next(place for place, cell in enumerate(notebook.cells) if "regplan.published()" in cell.source)
    if more:
        notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(more))  # type: ignore[no-untyped-call]
    assert regplan.__file__ is not None
    paths = (str(Path(regplan.__file__).parents[1]), os.environ.get("PYTHONPATH", ""))
    home = {name: str(folder) for name in ("HOME", "IPYTHONDIR", "XDG_CACHE_HOME")}
    client = NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}})
    client.execute(env={**os.environ, **home, "PYTHONPATH": os.pathsep.join(filter(None, paths))})
    return notebook


@pytest.mark.slow
@pytest.mark.notebook
def test_every_published_point_is_drawn_with_its_source(tmp_path: Path) -> None:
    notebook = run(tmp_path)
    figures = [
        output.data[PLOTLY]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if PLOTLY in output.get("data", {})
    ]
    drawn = [value for figure in figures for each in figure["data"] if each["mode"] == "markers" for value in each["y"]]
    images = TABLES["volcano"]["images"].values()
    carried = [value for image in images for way in ("direct_gib", "dragonfly_gib") for value in image[way]]
    waited = [value for way in ("direct_s", "dragonfly_s") for image in images for value in image[way]]
    unpacked = [value for seconds in TABLES["chonks"]["median_s"].values() for value in seconds]
    knees = [value for seconds in TABLES["clouds"]["median_s"].values() for value in seconds.values()]
    assert drawn == [*carried, *waited, *unpacked, *knees, *TABLES["kraken"]["percentile_s"].values()]
    titles = [figure["layout"]["title"]["text"] for figure in figures]
    for title, study in zip(titles, ("volcano", "volcano", "volcano", "chonks", "clouds", "kraken"), strict=True):
        assert TABLES[study]["source"].split(",")[0] in title


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.parametrize(
    "change",
    [
        pytest.param('volcano["images"]["nginx"]["direct_gib"][1] *= 1.002', id="carried"),
        pytest.param('chonks["median_s"]["4"][2] *= 1.1', id="unpacked"),
        pytest.param('clouds["median_s"]["gke"]["128"] *= 0.75', id="the knee"),
        pytest.param('volcano["images"]["tensorflow"]["direct_s"][0] = 150', id="too soon"),
    ],
)
def test_it_fails_where_a_measurement_is_not_what_is_simulated(tmp_path: Path, change: str) -> None:
    with pytest.raises(CellExecutionError, match="AssertionError"):
        run(tmp_path, change)
