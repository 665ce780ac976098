"""The wheel in an environment of its own, out of the sources' sight: the kernel, its card, and `regplan lab`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from notebooks.browsing import needs_chromium, opened_page, started_lab
from notebooks.running import NOTEBOOKS, ROOT, without_network
from regplan.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.notebook, pytest.mark.installs]

# pip may need the proxy and certificates that the fixture `home` takes away; the sources are on no path.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
SITE = "name: by-hand\nprofiles: [{demo}/profiles/retail-apps-1.0.0.yaml]\nfrom: ['recording:{demo}/recording']\n"
_made: list[Path] = []
ASKS = """
import json, sys
import nbformat
from nbclient import NotebookClient
from regplan.notebook.kernel import PRELOADED

cells = [
    "regplan.__file__",
    "print(get_ipython().kernel.banner)",
    "plan_site(demo_site(), Options())",
    "%regplan --version",
    "%%site mine --offline\\n" + sys.argv[1],
    "mine.plan.site.name, sorted(set(" + repr(PRELOADED) + ") - set(globals()))",
]
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
NotebookClient(notebook, timeout=300, iopub_timeout=120, kernel_name="regplan").execute()
print(json.dumps([cell.outputs[-1] for cell in notebook.cells]))
"""


@pytest.fixture
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment into which the wheel was built and installed once, with what notebooks need."""
    # Not before a test has begun may anything be asked for, which is why this is no fixture of the module.
    if not _made:
        folder = tmp_path_factory.mktemp("installed")
        done(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
        [wheel] = folder.glob("regplan-*.whl")
        done(sys.executable, "-m", "venv", str(folder / "venv"))
        given = ["--quiet", "--constraint", str(ROOT / "constraints.txt"), f"regplan[lab] @ {wheel.as_uri()}"]
        done(str(folder / "venv/bin/python"), "-m", "pip", "install", *given)
        _made.append(folder / "venv")
    return _made[0]


@pytest.fixture
def lab(installed: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "work"
    folder.mkdir()
    command = [str(installed / "bin/regplan"), "lab", "--no-browser", "--port", "0"]
    with started_lab(command, folder, home_of(folder)) as address:
        yield address, folder


def home_of(folder: Path) -> dict[str, str]:
    home = folder.parent / f"{folder.name}-home"
    home.mkdir(exist_ok=True)
    return {
        **ENVIRONMENT,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }


def done(*command: str, folder: Path | None = None) -> str:
    env = ENVIRONMENT if folder is None else home_of(folder)
    told = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=1500)
    assert told.returncode == 0, f"{command}: {told.stdout[-2000:]}{told.stderr[-4000:]}"
    return told.stdout


def test_jupyter_finds_the_kernel_with_its_logo_and_no_further_step(installed: Path, tmp_path: Path) -> None:
    found = json.loads(done(str(installed / "bin/jupyter"), "kernelspec", "list", "--json", folder=tmp_path))
    kernel = found["kernelspecs"]["regplan"]
    assert Path(kernel["resource_dir"]) == installed / "share/jupyter/kernels/regplan"
    assert kernel["spec"]["display_name"] == "regplan (site sizing)"
    assert (installed / "share/jupyter/kernels/regplan/logo-svg.svg").is_file()


def test_the_kernel_plans_where_there_is_no_network(installed: Path, tmp_path: Path) -> None:
    [demo] = installed.glob("lib/python*/site-packages/regplan/_data/demo")
    asks = [str(installed / "bin/python"), "-c", ASKS, SITE.format(demo=demo)]
    told = json.loads(done(*without_network(), *asks, folder=tmp_path))
    path, banner, planned, version, site, names = told
    assert path["data"]["text/plain"].startswith(f"'{installed}/lib")
    assert banner["text"].startswith(f"regplan {VERSION}:")
    assert "%%site" in banner["text"]
    assert planned["data"]["application/vnd.regplan.plan+json"]["verdict"] == "MARGINAL"
    assert version["text"] == f"regplan, version {VERSION}\n"
    assert site["data"]["application/vnd.regplan.plan+json"]["site"]["name"] == "by-hand"
    assert names["data"]["text/plain"] == "('by-hand', [])"


def test_the_lab_is_opened_on_a_fresh_copy_of_the_notebooks(lab: tuple[str, Path]) -> None:
    address, folder = lab
    shipped = {path.name: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    assert {path.name: path.read_bytes() for path in (folder / "regplan-notebooks").glob("*")} == shipped
    listed = json.loads(asked(address, "/api/contents"))["content"]
    assert {each["name"] for each in listed} == set(shipped)
    assert "<svg" in asked(address, "/kernelspecs/regplan/logo-svg.svg")
    # News that nobody has asked for are not even offered.
    assert "@jupyterlab/apputils-extension:announcements" in asked(address, "/lab")


def asked(address: str, path: str) -> str:
    start, _, token = address.partition("/lab")
    with urlopen(f"{start}{path}?{token.partition('?')[2]}", timeout=120) as answer:
        return str(answer.read().decode())


@needs_chromium
def test_the_card_in_the_launcher_has_its_logo_and_opens_a_notebook_that_plans(
    lab: tuple[str, Path], tmp_path: Path
) -> None:
    with opened_page(tmp_path) as page:
        page.goto(lab[0].replace("/lab?", "/lab?reset&"))
        card = page.locator(".jp-LauncherCard[data-category=Notebook]", has_text="regplan (site sizing)")
        logo = card.locator("img")
        logo.wait_for()
        page.wait_for_function("logo => logo.complete && logo.naturalWidth > 0", arg=logo.element_handle())
        card.click()
        page.wait_for_selector(".jp-Notebook .jp-CodeCell .cm-content")
        page.wait_for_function("() => document.body.innerText.includes('regplan (site sizing) | Idle')")
        page.click(".jp-Notebook .jp-CodeCell .cm-content")
        page.keyboard.type("plan_site(demo_site(), Options())")
        page.keyboard.press("Shift+Enter")
        verdict: Any = page.locator(".jp-OutputArea .verdict").first
        verdict.wait_for()
        assert "MARGINAL" in verdict.inner_text()
