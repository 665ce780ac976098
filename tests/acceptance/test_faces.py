"""One fact changed in the input shows in every face, and every face shows the same number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from acceptance.test_demo import DEMO, grown_by_a_byte
from cli.running import regplan
from independent.material import pick, read_facts, read_packs, read_yaml
from independent.sharing import exact_shares
from notebooks.running import run
from notebooks.test_shipped import closing, numbers
from regplan.plan.sharers import shared_blobs
from regplan.report.frames import frame
from regplan.tui.app import RegplanApp
from regplan.tui.why import explain
from regplan.verbs.demo import demo_options
from regplan.verbs.sites import read_site
from regplan.verbs.study import study_site
from support.reports import read, squeezed
from tui.driving import press, run_app

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.plan import Study
    from regplan.model.progress import Report


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    """A copy of the demo's site whose largest layer is a byte larger."""
    grown_by_a_byte(tmp_path)
    return tmp_path / "site.yaml"


@pytest.fixture
def unique_bytes() -> int:
    """The demo's unique bytes, before."""
    return int(regplan("demo", "-o", "json").document["storage"]["unique_bytes"])


@pytest.mark.parametrize("form", ["table", "json", "md"])
def test_a_byte_more_shows_on_the_command_line(grown: Path, unique_bytes: int, form: str) -> None:
    said = regplan("plan", str(grown), "--offline", "-o", form)

    assert _number(unique_bytes + 1, form) in said.out
    assert _number(unique_bytes, form) not in said.out


@pytest.mark.parametrize("ending", ["html", "md", "json"])
def test_a_byte_more_shows_in_every_report(grown: Path, unique_bytes: int, ending: str) -> None:
    file = grown.parent / f"plan.{ending}"

    regplan("report", str(grown), "--offline", "-O", str(file), "--quiet")

    assert _number(unique_bytes + 1, ending) in file.read_text(encoding="utf-8")


def test_a_byte_more_shows_in_the_workbook(grown: Path, unique_bytes: int) -> None:
    file = grown.parent / "plan.xlsx"

    regplan("report", str(grown), "--offline", "-O", str(file), "--quiet")

    cells = {cell.value for sheet in openpyxl.load_workbook(file, data_only=True) for row in sheet for cell in row}
    assert unique_bytes + 1 in cells
    assert unique_bytes not in cells


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_a_byte_more_shows_on_paper(grown: Path, unique_bytes: int, kind: str) -> None:
    file = grown.parent / f"plan.{kind}"

    regplan("report", str(grown), "--offline", "-O", str(file), "--quiet")

    text = squeezed(read(kind, file.read_bytes()))
    assert squeezed(_number(unique_bytes + 1, kind)) in text
    assert squeezed(_number(unique_bytes, kind)) not in text


@pytest.mark.slow
@pytest.mark.notebook
def test_a_byte_more_shows_in_a_notebook(
    grown: Path, unique_bytes: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    told = numbers(closing(run("02-layer-sharing.ipynb", tmp_path_factory.mktemp("run"), SITE=str(grown))))

    assert unique_bytes + 1 in told
    assert unique_bytes not in told


@pytest.mark.anyio
async def test_a_byte_more_shows_in_the_terminal_app(grown: Path, unique_bytes: int) -> None:
    async with run_app(_load, str(grown), size=(120, 40)) as pilot:
        screen = await press(pilot, "2")

    assert isinstance(pilot.app, RegplanApp)
    assert _number(unique_bytes + 1, "table") in screen


@pytest.mark.anyio
async def test_a_study_that_every_face_shows_names_no_folder_of_this_machine(grown: Path) -> None:
    study = await _load(str(grown), lambda _: None)

    shown = [*(f"{each.where} {each.message} {each.fix}" for each in study.plan.findings)]
    shown += [str(use.provenance) for use in study.declarations.uses]
    shown += [mention for entry in study.inventory.entries for mention in entry.provenance]
    assert any("profiles/retail-apps-1.0.0.yaml:" in each for each in shown)
    assert [each for each in shown if str(grown.parent) in each] == []


async def _load(target: str, report: Report) -> Study:
    return await study_site(read_site(target), demo_options(), report)


def _number(size_bytes: int, form: str) -> str:
    return str(size_bytes) if form == "json" else f"{size_bytes:,} B"


@pytest.fixture
def fair_bytes(grown: Path) -> dict[str, int]:
    """The fair shares of the grown site's images, by fractions: what each face must show."""
    references = [each for pack in read_packs(_profiles(grown)) for each in pack.references]
    images = pick(read_facts([grown.parent / "recording" / "facts.jsonl"]), references, "linux/amd64")
    before = pick(read_facts([DEMO / "recording" / "facts.jsonl"]), references, "linux/amd64")
    changed = {one.digest for one, other in zip(images, before, strict=True) if one.sizes != other.sizes}
    shares = exact_shares(images)
    # The largest layer belongs to one image, whose share has no rest.
    (own,) = [digest for digest in changed if shares[digest].denominator == 1]
    return {image.reference: int(shares[own]) for image in images if image.digest == own}


def test_a_byte_more_shows_in_the_fair_share_on_the_command_line(grown: Path, fair_bytes: dict[str, int]) -> None:
    ((reference, share),) = fair_bytes.items()
    for verb in ("layers", "plan"):
        document = regplan(verb, str(grown), "--offline", "-o", "json").document
        rows = document["images"] if verb == "layers" else document["layers"]
        assert [row["fair_bytes"] for row in rows if row["reference"] == reference] == [share]


@pytest.mark.parametrize("by", ["pack", "profile"])
def test_a_byte_more_shows_in_the_pack_and_the_profile_that_need_it(grown: Path, by: str) -> None:
    before = regplan("layers", str(DEMO / "site.yaml"), "--offline", "-o", "json").document[f"{by}s"]
    after = regplan("layers", str(grown), "--offline", "-o", "json").document[f"{by}s"]

    grew = [new[by] for old, new in zip(before, after, strict=True) if new["unique_bytes"] == old["unique_bytes"] + 1]
    assert len(grew) == 1
    said = regplan("layers", str(grown), "--offline", "--by", by, "-o", "csv").out
    assert str(next(each["exclusive_bytes"] for each in after if each[by] == grew[0])) in said


def test_a_byte_more_shows_in_blobs_families_diff_and_what_dominates(grown: Path) -> None:
    site = str(DEMO / "site.yaml")
    before = regplan("layers", site, "--offline", "--blobs", "-o", "json").document
    after = regplan("layers", str(grown), "--offline", "--blobs", "-o", "json").document

    assert _sum(after["blobs_detail"], "size_bytes") == _sum(before["blobs_detail"], "size_bytes") + 1
    assert after["dominating"][1]["bytes"] == before["dominating"][1]["bytes"] + 1
    upgrade = str(grown.parent / "profiles" / "retail-apps-1.1.0.yaml")
    said = regplan(
        "diff", str(grown), upgrade, "--from", f"recording:{grown.parent / 'recording'}", "--offline", "-o", "json"
    )
    assert said.document["kept_versions"][0]["peak_bytes"] == after["unique_bytes"]


@pytest.mark.parametrize("ending", ["html", "md"])
def test_a_byte_more_shows_in_the_packs_of_every_report(grown: Path, ending: str) -> None:
    file = grown.parent / f"plan.{ending}"
    packs = regplan("layers", str(grown), "--offline", "-o", "json").document["packs"]

    regplan("report", str(grown), "--offline", "-O", str(file), "--quiet")

    text = file.read_text(encoding="utf-8")
    assert [each["pack"] for each in packs if f"{each['unique_bytes']:,} B" not in text] == []


@pytest.mark.anyio
async def test_a_byte_more_shows_in_the_fair_share_of_the_terminal_app_and_of_a_frame(
    grown: Path, fair_bytes: dict[str, int]
) -> None:
    ((reference, share),) = fair_bytes.items()
    study = await _load(str(grown), lambda _: None)
    row = next(each for each in study.plan.layers.images if each.reference == reference)

    shown = dict(explain(row, study).lines)

    assert f" {share:,} B: " in shown["fair"]
    table = frame(study.plan.layers).set_index("reference")
    assert table.loc[reference, "fair_bytes"] == share
    layers = frame(study.inventory)
    counted = layers[layers["counted"]].drop_duplicates("layer")["size_bytes"].sum()
    blobs = [blob for blob in shared_blobs(study.inventory) if blob.kind == "layer"]
    assert counted == sum(blob.size_bytes or 0 for blob in blobs)


def _profiles(site: Path) -> list[Path]:
    return [site.parent / each for each in read_yaml(site)["profiles"]]


def _sum(rows: list[dict[str, int]], key: str) -> int:
    return sum(row[key] or 0 for row in rows)
