"""Every notebook: run on the shipped data without a network, exported, and given other sites."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from notebooks.browsing import needs_chromium
from notebooks.running import NOTEBOOKS, PLOTLY, apart, outputs, run
from regplan.verbs.demo import demo_site
from support.axe import axe_source
from support.pages import barriers_in, offline_browser, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from subprocess import CompletedProcess

NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
# These are about a site that SITE names; the numbers of the closing line, and where the plan document has them.
CLOSES = {
    "00": (("storage", "unique_bytes"),),
    "01": (("storage", "required_bytes"),),
    "02": (("storage", "referenced_bytes"), ("storage", "unique_bytes")),
    "03": (("storage", "required_bytes"),),
    "04": (("wire", "saved_bytes"), ("storage", "required_bytes")),
    "05": (("storage", "required_bytes"),),
    "10": (("storage", "required_bytes"),),
    "11": (("storage", "claimed_bytes"), ("storage", "required_bytes")),
}
OF_A_SITE = [name for name in NAMES if name[:2] in CLOSES]
# What 11-write-your-own-rule demands, as a house would write it into a file.
HOUSE = """rules:
- {id: house.claim, measured: storage.claimed_bytes, op: ">=", threshold: storage.required_bytes * 2}
- {id: house.memory, measured: "hosts.*.memory_bytes", op: ">=", threshold: 32GB, tolerance: 5%}
"""
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
    page = exported(file).read_text(encoding="utf-8")
    charts = len(outputs(notebook, PLOTLY))
    assert page.count('class="plotly-graph-div"') == charts > 0
    # To whoever does not see it each chart says what it finds.
    assert len(labels(page)) == charts
    assert outside(page) == set()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with offline_browser() as started:
        yield started


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.installs
@needs_chromium
@pytest.mark.parametrize("name", NAMES)
def test_its_export_draws_every_chart_in_silence_and_bars_nobody_from_reading(
    name: str, done: Any, browser: Any, axe: str
) -> None:
    file, notebook = done(name)
    seen = opened(browser, exported(file))
    try:
        assert seen.page.locator(".js-plotly-plot .cartesianlayer").count() == len(outputs(notebook, PLOTLY))
        assert seen.complaints == []
        # The number of each cell and the colours of code are JupyterLab's, and those of an export ours.
        assert barriers_in(seen.page, axe) == []
    finally:
        seen.page.context.close()


def labels(page: str) -> list[str]:
    """Tell what each group of a page is called, whatever quotes and marks its name holds."""
    found: list[str] = []

    class Groups(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            told = dict(attrs)
            if tag == "div" and told.get("role") == "group" and told.get("aria-label"):
                found.append(told["aria-label"] or "")

    Groups().feed(page)
    return found


def exported(file: Path) -> Path:
    """Export a notebook to HTML, once."""
    page = file.with_suffix(".html")
    if not page.exists():
        made: CompletedProcess[str] = apart(
            [sys.executable, "-m", "nbconvert", "--to", EXPORTER, file.name], file.parent
        )
        assert made.returncode == 0, made.stderr[-3000:]
    return page


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


def plan_document(site: Path, folder: Path, *more: str) -> Any:
    """Tell what the command line says of a site."""
    told = apart([sys.executable, "-m", "regplan", "plan", str(site), "-o", "json", "--offline", *more], folder)
    return json.loads(told.stdout)


def closing(notebook: Any) -> str:
    """Tell the line with which a notebook closes."""
    last = [cell for cell in notebook.cells if cell.cell_type == "code"][-1]
    return str(last.outputs[-1].data["text/plain"])


def numbers(text: str) -> set[int]:
    """Tell the whole numbers in a text."""
    return {int(each.replace(",", "")) for each in re.findall(r"-?\d[\d,]*", text)}


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
    house = tmp_path / "house.yaml"
    house.write_text(HOUSE, encoding="utf-8")
    told = plan_document(site, folder, *(("--rules", str(house)) if name.startswith("11") else ()))
    if not name.startswith("11"):
        assert told["verdict"] == {"second": "PASS", "failing": "FAIL"}[which]
    notebook = run(name, folder, SITE=str(site))
    said = "\n".join(outputs(notebook, "text/plain"))
    assert told["verdict"] in (said if name.startswith("00") else closing(notebook))
    assert told["site"]["name"] in said
    assert {told[part][key] for part, key in CLOSES[name[:2]]} <= numbers(closing(notebook))


def known_blobs(folder: Path, *profiles: str) -> list[dict[str, int]]:
    """Tell the blobs of each image with their sizes, from the recorded facts alone; which images there are is the command line's."""
    given = [str(DEMO / "profiles" / each) for each in profiles] or [str(DEMO / "site.yaml")]
    recorded = ["--from", f"recording:{DEMO / 'recording'}"] if profiles else []
    told = apart([sys.executable, "-m", "regplan", "layers", *given, *recorded, "-o", "json", "--offline"], folder)
    lines = (DEMO / "recording" / "facts.jsonl").read_text(encoding="utf-8").splitlines()
    facts = {(fact["reference"], fact["platform"]): fact for fact in map(json.loads, lines)}
    found = [facts[each["reference"], each["platform"]] for each in json.loads(told.stdout)["images"]]
    return [
        {part["digest"]: part["size"] or 0 for part in (fact["manifest"], fact["config"], *fact["layers"])}
        for fact in found
    ]


def size_of(images: list[dict[str, int]]) -> int:
    """Tell the bytes of every blob of some images, each once."""
    return sum({digest: size for image in images for digest, size in image.items()}.values())


@pytest.mark.slow
@pytest.mark.notebook
def test_the_headline_of_sharing_is_what_the_recorded_facts_add_up_to(done: Any, tmp_path: Path) -> None:
    images = known_blobs(tmp_path)
    once, each = size_of(images), sum(size_of([image]) for image in images)
    assert {once, each, each - once} <= numbers(closing(done("02-layer-sharing.ipynb")[1]))


@pytest.mark.slow
@pytest.mark.notebook
def test_the_headline_of_the_upgrade_is_what_the_recorded_facts_of_both_versions_add_up_to(
    done: Any, tmp_path: Path
) -> None:
    infra = "retail-infra-1.0.0.json"
    before, after = (known_blobs(tmp_path, infra, f"retail-apps-{each}.yaml") for each in ("1.0.0", "1.1.0"))
    peak = size_of([*before, *after])
    assert {peak, peak - size_of(before)} <= numbers(closing(done("03-upgrade-delta-and-peak.ipynb")[1]))


@pytest.mark.slow
@pytest.mark.notebook
def test_the_headlines_of_drives_and_of_a_rule_of_ones_own_are_what_the_site_file_says(done: Any) -> None:
    text = (DEMO / "site.yaml").read_text(encoding="utf-8")
    claim, copies = re.search(r"storage: (\d+)GiB", text), re.search(r"replicas: (\d+)", text)
    assert claim is not None
    assert copies is not None
    claimed = int(claim[1]) * 2**30
    assert claimed * int(copies[1]) in numbers(closing(done("05-storage-and-failure.ipynb")[1]))
    assert claimed in numbers(closing(done("11-write-your-own-rule.ipynb")[1]))
