from __future__ import annotations

import base64
import csv
import datetime as dt
import html
import io
import re
from typing import Any

import pytest

import regplan
from regplan.errors import InputError
from regplan.model.fleet import Fleet, FleetProblem
from regplan.notebook.displays import bundle
from regplan.notebook.fleet_views import FLEET_TYPE, fleet_blocks
from regplan.plan.fleet import gather_fleet
from regplan.report.html import blocks_html
from regplan.report.markdown import blocks_markdown
from regplan.units import GiB
from regplan.verbs.demo import demo_fleet, demo_options
from regplan.verbs.fleet import FleetAsked, plan_fleet

DEMO = demo_fleet().parent
HEAD = "name,profiles,from,registry.storage,hosts.count,hosts.cpu,hosts.memory,hosts.storage\n"


@pytest.fixture
def panel(shell: Any, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ARG001  what is shown is shown in it
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: Handle())
    monkeypatch.delenv("PLOTLY_RENDERER", raising=False)
    made = regplan.widgets.fleet_sizing(options=demo_options())
    made._ipython_display_()
    return made


class Handle:
    def update(self, bundle: dict[str, Any], *, raw: bool) -> None:
        assert bundle
        assert raw


def upload(panel: Any, **files: bytes) -> None:
    when = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    panel._upload.value = [
        {"name": name.replace("__", "."), "type": "", "size": 0, "content": memoryview(raw), "last_modified": when}
        for name, raw in files.items()
    ]


def counts(panel: Any) -> dict[str, int]:
    return dict(panel.fleet.totals.verdicts)


def test_a_slider_gives_every_site_the_same_value_and_back_at_its_end_each_has_its_own(panel: Any) -> None:
    storage = panel._sliders.children[0]
    assert counts(panel) == {"FAIL": 2, "MARGINAL": 1, "PASS": 5}
    storage.value = 100 * GiB
    assert counts(panel) == {"FAIL": 8}
    assert {site.claimed_bytes for site in panel.fleet.sites} == {100 * GiB}
    storage.value = 0
    assert counts(panel) == {"FAIL": 2, "MARGINAL": 1, "PASS": 5}


def test_what_stands_below_a_panel_is_planned_of_its_table_whatever_its_sliders_say(panel: Any) -> None:
    facts = (DEMO / "recording" / "facts.jsonl").read_bytes()
    profile = (DEMO / "profiles" / "retail-apps-1.0.0.yaml").read_bytes()
    row = "mine,apps.yaml,recording:recording,400GB,1,8,16GiB,512GB\n"
    upload(panel, sites__csv=(HEAD + row).encode(), apps__yaml=profile, facts__jsonl=facts)
    panel._sliders.children[0].value = 100 * GiB
    other = regplan.Variation(storage_bytes=500 * GiB)
    assert [site.claimed_bytes for site in panel.fleet.sites] == [100 * GiB]
    assert [(site.name, site.claimed_bytes) for site in panel.planned().sites] == [("mine", 400_000_000_000)]
    assert [site.claimed_bytes for site in panel.planned(other).sites] == [500 * GiB]


def test_the_saved_table_has_its_own_rows_with_the_verdicts_that_stand_above(panel: Any) -> None:
    panel._kind.value = "csv"
    panel._make.click()
    data = re.search(r"base64,([^\"]+)", panel._link.value)
    assert data is not None
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(data[1]).decode("utf-8-sig"))))
    verdicts = {site.name: site.verdict.value for site in panel.fleet.sites}
    assert {row["name"]: row["regplan.verdict"] for row in rows} == verdicts


def test_an_uploaded_table_takes_the_place_of_the_one_that_is_shown(panel: Any) -> None:
    facts = (DEMO / "recording" / "facts.jsonl").read_bytes()
    profile = (DEMO / "profiles" / "retail-apps-1.0.0.yaml").read_bytes()
    row = "mine,apps.yaml,recording:recording,400GB,1,8,16GiB,512GB\nbad,apps.yaml,recording:recording,many,,,,\n"
    upload(panel, sites__csv=(HEAD + row).encode(), apps__yaml=profile, facts__jsonl=facts)
    assert [site.name for site in panel.fleet.sites] == ["mine"]
    assert [problem.line for problem in panel.fleet.problems] == [3]


def test_what_is_no_table_is_one_sentence_and_leaves_what_was_there(panel: Any) -> None:
    upload(panel, sites__csv=b"")
    said = html.unescape(re.sub("<[^>]+>", "", panel.message.widget.value))
    assert "sites.csv" in said
    assert len(panel.fleet.sites) == 8
    upload(panel, notes__txt=b"nothing")
    assert "upload a table of sites" in panel.message.widget.value


def test_a_table_that_is_not_there_is_the_cells_error() -> None:
    with pytest.raises(InputError, match="no such file"):
        regplan.widgets.fleet_sizing("absent.csv")


def test_a_fleet_shows_totals_the_worst_sites_the_hardware_and_its_document() -> None:
    fleet = plan_fleet(demo_fleet(), options=demo_options())
    shown = bundle(fleet)
    assert shown["text/plain"].startswith("8 sites: 2 FAIL, 1 MARGINAL, 5 PASS.")
    assert "store-0423" in shown["text/html"]
    assert shown[FLEET_TYPE]["totals"]["sites"] == 8
    told = blocks_markdown(fleet_blocks(fleet, most=2))
    assert "The 2 worst of 8 sites" in told
    assert "store-0422" not in told


def test_rows_that_are_no_sites_are_told_and_hostile_names_are_harmless(tmp_path: Any) -> None:
    table = tmp_path / "sites.csv"
    name = '"<script>alert(1)</script>\u202e"'
    table.write_text(f"{HEAD}{name},absent.json,,400GB,1,8,16GiB,512GB\n", encoding="utf-8")
    fleet = plan_fleet(table, FleetAsked(), demo_options())
    assert isinstance(fleet, Fleet)
    page = blocks_html(fleet_blocks(fleet))
    assert "absent.json" in page
    assert "<script>" not in page
    assert "\u202e" not in page


def test_of_very_many_wrong_rows_the_first_are_told() -> None:
    many = tuple(FleetProblem(line, "name", "is missing") for line in range(2, 2002))
    told = blocks_markdown(fleet_blocks(gather_fleet((), many)))
    assert "The 50 first of 2,000 problems" in told
    assert "| 51 |" in told
    assert "| 52 |" not in told


def test_an_uploaded_file_is_called_by_the_name_that_it_was_picked_by(panel: Any) -> None:
    row = "mine,apps.yaml,recording:recording,400GB,1,8,16GiB,512GB\n"
    upload(panel, sites__csv=(HEAD + row).encode())
    assert [each.problem for each in panel.fleet.problems] == [
        "apps.yaml: no such file; pick it together with the others"
    ]
    profile = (DEMO / "profiles" / "retail-apps-1.0.0.yaml").read_bytes()
    upload(panel, sites__csv=(HEAD + row).encode(), apps__yaml=profile)
    [problem] = panel.fleet.problems
    assert problem.problem.startswith("recording: no such folder")
    assert problem.problem.endswith("pick its facts.jsonl together with the others")
