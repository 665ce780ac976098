"""The five-minute tour, run in a kernel of its own, and what is promised of every notebook."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import regplan
from regplan.notebook.views import PLAN_TYPE

ROOT = Path(__file__).parents[2]
TOUR = ROOT / "notebooks" / "00-five-minute-tour.ipynb"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
DEMO = ROOT / "data" / "demo"


def read(file: Path) -> Any:
    return nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]


def run(folder: Path, **parameters: str) -> Any:
    """Run the tour with parameters as papermill would give them: in a cell after the one tagged so."""
    notebook = read(TOUR)
    place = next(place for place, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    given = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(given))  # type: ignore[no-untyped-call]
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    client.execute(env=kernel_environment(folder))
    return notebook


def kernel_environment(folder: Path) -> dict[str, str]:
    """Tell the kernel, which is a process of its own, where the tested regplan is, and give it an empty home."""
    assert regplan.__file__ is not None
    paths = (str(Path(regplan.__file__).parents[1]), os.environ.get("PYTHONPATH", ""))
    home = folder.parent / f"{folder.name}-home"
    home.mkdir(exist_ok=True)
    ours = {"HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "XDG_CACHE_HOME": str(home / "cache")}
    return {**os.environ, **ours, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def toured(work: Path) -> Any:
    """The tour on the demo, run once."""
    return run(work)


def outputs(notebook: Any, media_type: str) -> list[Any]:
    return [
        output.data[media_type]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if media_type in output.get("data", {})
    ]


def tampered_demo(folder: Path) -> Path:
    """Copy the demo and make one layer one byte larger, which only one image of the site has."""
    copy = folder / "demo"
    shutil.copytree(DEMO, copy)
    file = copy / "recording" / "facts.jsonl"
    facts = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    fact = next(fact for fact in facts if fact["reference"] == "docker.io/library/nginx:1.30.5")
    fact["layers"][-1]["size"] += 1
    file.write_text("".join(json.dumps(each) + "\n" for each in facts), encoding="utf-8")
    return copy


@pytest.mark.notebook
def test_the_tour_says_the_verdict_and_writes_nothing_beside_it(toured: Any, work: Path) -> None:
    (document,) = outputs(toured, PLAN_TYPE)
    assert document["verdict"] == "MARGINAL"
    assert document["binding_constraint"] == "host.memory"
    assert len(outputs(toured, "application/vnd.plotly.v1+json")) == 2
    assert list(work.iterdir()) == []


@pytest.mark.notebook
def test_charts_and_tables_survive_a_headless_run_and_load_nothing_from_elsewhere(toured: Any) -> None:
    pages = outputs(toured, "text/html")
    assert sum("plotly-graph-div" in page for page in pages) == 2
    assert sum(len(page) > 1_000_000 for page in pages) == 1
    for page in pages:
        code = page.rpartition("/*! Bundled license information")[0] or page
        assert {match for match in re.findall(r"https?://[\w.-]+", code) if match != "http://www.w3.org"} == set()


@pytest.mark.notebook
def test_one_byte_more_in_the_facts_shows_in_the_tour(tmp_path: Path, toured: Any) -> None:
    copy = tampered_demo(tmp_path)
    parameters = {"SITE": str(copy / "site.yaml"), "FACTS": str(copy / "recording" / "facts.jsonl")}
    (document,) = outputs(run(tmp_path, **parameters), PLAN_TYPE)
    (before,) = outputs(toured, PLAN_TYPE)
    assert document["storage"]["unique_bytes"] == before["storage"]["unique_bytes"] + 1


def moved(notebook: Any) -> list[str]:
    return [line for text in outputs(notebook, "text/plain") for line in text.splitlines()]


@pytest.mark.notebook
def test_the_verdict_moves_with_one_host_and_the_storage_rules_with_the_pvc(toured: Any) -> None:
    said = "\n".join(moved(toured))
    assert re.search(r"4GB +FAIL +host\.memory", said)
    assert re.search(r"7\.8GB +MARGINAL +host\.memory", said)
    assert re.search(r"16GiB +PASS", said)
    assert re.search(r"2GB +FAIL +FAIL", said)
    assert re.search(r"50GB +FAIL +PASS", said)
    assert re.search(r"300GB +PASS +PASS", said)


@pytest.mark.notebook
def test_the_tour_tells_how_many_images_hold_which_layers(toured: Any) -> None:
    (document,) = outputs(toured, PLAN_TYPE)
    lines = (DEMO / "recording" / "facts.jsonl").read_text(encoding="utf-8").splitlines()
    facts = {(fact["reference"], fact["platform"]): fact for fact in map(json.loads, lines)}
    images = {each["digest"]: facts[each["reference"], each["platform"]] for each in document["layers"]}
    sizes = {layer["digest"]: layer["size"] for fact in images.values() for layer in fact["layers"]}
    holders = Counter(digest for fact in images.values() for digest in {layer["digest"] for layer in fact["layers"]})
    said = moved(toured)
    for count in set(holders.values()):
        held = [sizes[digest] for digest in sizes if holders[digest] == count]
        assert [str(count), str(len(held)), str(sum(held))] in [line.split() for line in said]


@pytest.mark.notebook
@pytest.mark.slow
def test_the_tour_fails_where_its_number_and_the_facts_differ_by_one_byte(tmp_path: Path) -> None:
    copy = tampered_demo(tmp_path)
    with pytest.raises(CellExecutionError, match="AssertionError"):
        run(tmp_path, FACTS=str(copy / "recording" / "facts.jsonl"))


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_is_short_bare_and_ready_for_papermill(file: Path) -> None:
    notebook = read(file)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(notebook.cells) <= 30
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert all(len(cell.source.splitlines()) <= 8 for cell in code)
    assert [cell for cell in code if cell.metadata.get("tags") == ["parameters"]] == code[:1]
    assert notebook.metadata.kernelspec == {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert notebook.cells[0].source.startswith("# ")
    assert "\nassert " in code[-1].source


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_uses_the_public_names_only(file: Path) -> None:
    for cell in read(file).cells:
        if cell.cell_type == "code":
            assert not re.search(r"from regplan|import regplan\.", cell.source)
            for name in re.findall(r"\bregplan\.(\w+)", cell.source.replace("%load_ext regplan.notebook", "")):
                assert name in {*regplan.__all__, "units"}


@pytest.mark.parametrize("number", ["01", "06", "10"])
def test_who_writes_no_python_sees_no_code(number: str) -> None:
    [file] = [file for file in NOTEBOOKS if file.name.startswith(number)]
    code = [cell for cell in read(file).cells if cell.cell_type == "code"]

    assert len(code) >= 6
    assert [cell.source for cell in code if not cell.metadata.get("jupyter", {}).get("source_hidden")] == []
