"""Every notebook: run on the shipped data without a network, exported, and given other sites."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from notebooks.running import NOTEBOOKS, PLOTLY, apart, outputs, run
from regplan.verbs.demo import demo_site

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
# These are about a site that SITE names, and say its verdict.
OF_A_SITE = [name for name in NAMES if name[:2] in {"00", "01", "02", "03", "04", "05", "10"}]
EXPORTER = "regplan.notebook.exporting.OfflineExporter"
DEMO = demo_site().parent


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run each notebook once, where only loopback is, and keep it with its outputs."""
    known: dict[str, tuple[Path, Any]] = {}

    def once(name: str) -> tuple[Path, Any]:
        if name not in known:
            folder = tmp_path_factory.mktemp(name.partition("-")[0])
            notebook = run(name, folder)
            file = folder / name
            nbformat.write(notebook, file)  # type: ignore[no-untyped-call]
            known[name] = file, notebook
        return known[name]

    return once


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_without_a_network(name: str, done: Any) -> None:
    file, notebook = done(name)
    assert file.is_file()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.parametrize("name", NAMES)
def test_its_export_has_every_chart_and_loads_nothing_from_elsewhere(name: str, done: Any) -> None:
    file, notebook = done(name)
    page = exported(file)
    assert page.count('class="plotly-graph-div"') == len(outputs(notebook, PLOTLY)) > 0
    assert outside(page) == set()


def exported(file: Path) -> str:
    """Export a notebook to HTML."""
    made: CompletedProcess[str] = apart([sys.executable, "-m", "nbconvert", "--to", EXPORTER, file.name], file.parent)
    assert made.returncode == 0, made.stderr[-3000:]
    return file.with_suffix(".html").read_text(encoding="utf-8")


def outside(page: str) -> set[str]:
    """Tell what a page would load, or could: sources, links of styles, imports, and addresses in scripts."""
    # Notices of licences are read by nobody's browser.
    code = re.sub(r"/\*!? Bundled license information.*?\*/\n\nwindow", "", page, flags=re.DOTALL)
    code = re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)
    loads = re.findall(
        r"<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)=[\"']?(?!data:|#|about:)([^\"'>\s]+)", code
    )
    loads += re.findall(r"(?:import|url)\([\"']?((?:https?:)?//[^\"')]+)", code)
    named = {each for each in re.findall(r"https?://[\w.-]+", code) if each != "http://www.w3.org"}
    return {*loads, *named}


def failing_site(folder: Path) -> Path:
    """Write the demo with a claim that is too small, its paths written out."""
    text = (DEMO / "site.yaml").read_text(encoding="utf-8")
    text = text.replace("profiles/", f"{DEMO.as_posix()}/profiles/").replace(
        "recording:", f"recording:{DEMO.as_posix()}/"
    )
    site = folder / "failing.yaml"
    site.write_text(
        text.replace("storage: 320GiB", "storage: 2GB").replace("store-0421", "store-9999"), encoding="utf-8"
    )
    return site


def plan_document(site: Path, folder: Path) -> Any:
    """Tell what the command line says of a site."""
    told = apart([sys.executable, "-m", "regplan", "plan", str(site), "-o", "json", "--offline"], folder)
    return json.loads(told.stdout)


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.parametrize("which", ["second", "failing"])
@pytest.mark.parametrize("name", OF_A_SITE)
def test_its_headline_is_the_command_lines_for_a_second_and_for_a_failing_site(
    name: str, which: str, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    site = DEMO / "site-single.yaml" if which == "second" else failing_site(tmp_path)
    told = plan_document(site, folder)
    assert told["verdict"] == {"second": "PASS", "failing": "FAIL"}[which]
    notebook = run(name, folder, SITE=str(site))
    said = "\n".join(outputs(notebook, "text/plain"))
    assert told["verdict"] in said
    assert told["site"]["name"] in said
    assert f"{told['storage']['required_bytes']:,}" in said or f"{told['storage']['unique_bytes']:,}" in said
