from __future__ import annotations

import json
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from regplan.cli.app import main
from regplan.errors import InputError
from regplan.notebook.lab import KERNELS, copy_notebooks, install_kernel, lab_arguments

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_each_copy_is_fresh_and_none_overwrites_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = copy_notebooks(), copy_notebooks()
    assert (first, second) == (Path("regplan-notebooks"), Path("regplan-notebooks-2"))
    assert sorted(path.name for path in second.iterdir()) == SHIPPED


def test_a_notebook_that_one_has_changed_stays(tmp_path: Path) -> None:
    own = tmp_path / "mine"
    own.mkdir()
    (own / SHIPPED[0]).write_text("changed", encoding="utf-8")
    copy_notebooks(own)
    assert (own / SHIPPED[0]).read_text(encoding="utf-8") == "changed"
    assert sorted(path.name for path in own.iterdir()) == SHIPPED


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="name another folder"):
        copy_notebooks(tmp_path / "file")


def test_a_notebook_that_a_full_disk_cut_short_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(InputError, match="No space left on device"):
            copy_notebooks(tmp_path / "lab")

    assert list((tmp_path / "lab").iterdir()) == []
    copy_notebooks(tmp_path / "lab")
    assert all(json.loads(path.read_text(encoding="utf-8"))["cells"] for path in (tmp_path / "lab").iterdir())


def test_the_lab_listens_here_alone_and_asks_nobody() -> None:
    told = lab_arguments(Path("folder"), 8890, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in told
    assert "--LabApp.news_url=None" in told
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in told
    assert "--LabApp.extension_manager=readonly" in told
    assert told[-2:] == ["--ServerApp.port=8890", "--no-browser"]


def test_the_options_of_the_lab_exist_in_jupyterlab() -> None:
    import jupyterlab
    from jupyterlab.labapp import LabApp

    traits = LabApp.class_trait_names()
    assert {"news_url", "check_for_updates_class", "extension_manager"} <= set(traits)
    assert hasattr(jupyterlab, "NeverCheckForUpdate")


def test_the_kernel_lies_where_jupyter_looks_and_goes_into_the_wheel() -> None:
    folder = KERNELS / "kernels" / "regplan"
    spec = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    assert spec["display_name"] == "regplan (site sizing)"
    assert spec["argv"][1:3] == ["-m", "regplan.notebook.kernel"]
    assert spec["env"] == {"PLOTLY_RENDERER": "plotly_mimetype+notebook"}
    assert ET.parse(folder / "logo-svg.svg").getroot().tag.endswith("svg")  # noqa: S314  our own file
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert {str(ROOT / source): target for source, target in shared.items()} == {
        str(folder): "share/jupyter/kernels/regplan"
    }


def test_a_kernel_that_is_installed_for_the_user_starts_this_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    made = install_kernel(user=True)
    assert made == tmp_path / "jupyter" / "kernels" / "regplan"
    assert json.loads((made / "kernel.json").read_text(encoding="utf-8"))["argv"][0] == sys.executable
    assert (made / "logo-svg.svg").is_file()


@pytest.mark.parametrize(
    "line", [["kernel", "install"], ["kernel", "install", "--user", "--read-only"], ["lab", "--read-only"]]
)
def test_what_lacks_a_place_or_may_not_write_is_refused(line: list[str]) -> None:
    assert main(line) == 2
