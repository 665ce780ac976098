"""A rollout as a document, as rows, and as sheets, held against what was planned by hand."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from datetime import date
from typing import Any

from regplan.model.fleet import FleetProblem
from regplan.model.rollout import RolloutRules, RolloutWave, SiteNeed
from regplan.model.rollout_file import RolloutFile, RolloutStudy
from regplan.model.windows import Windows
from regplan.report.records import records
from regplan.report.rollout import needs_words, rollout_document, rollout_sheets
from regplan.report.schema import rollout_schema
from regplan.sim.rollout.course import rollout_of

jsonschema: Any = importlib.import_module("jsonschema")
# 15 Mbit/s for six hours are 40.5 GB a night.
NIGHT = Windows.parse("23:00-05:00", "Europe/Berlin")
RULES = RolloutRules(
    date(2026, 6, 1), 100_000_000, NIGHT, date(2026, 6, 2), 0.0, waves=(RolloutWave("pilot", 2), RolloutWave("empty"), RolloutWave("rest"))
)  # fmt: skip
NEEDS = (
    SiteNeed("large", 100_000_000_000, 3, 15_000_000, NIGHT, is_lower_bound=True),
    SiteNeed("ship", 0, hours=NIGHT, wave=2, way="bundle"),
)
STUDY = RolloutStudy(
    RolloutFile(RULES), rollout_of(RULES, NEEDS, None), (FleetProblem(4, "name", "no name", ""),), ("a note",)
)


def test_the_document_keeps_its_schema_and_tells_moments_by_head_offices_clock() -> None:
    document: Any = json.loads(json.dumps(rollout_document(STUDY)))
    jsonschema.validate(document, rollout_schema())

    large, ship = document["sites"]
    assert [(part["begins_at"], part["ends_at"], part["size_bytes"]) for part in large["parts"]] == [
        ("2026-06-01T23:00+02:00", "2026-06-02T05:00+02:00", 40_500_000_000),
        ("2026-06-02T23:00+02:00", "2026-06-03T05:00+02:00", 40_500_000_000),
        # 19 GB of 112.5 MB a minute.
        ("2026-06-03T23:00+02:00", "2026-06-04T01:49+02:00", 19_000_000_000),
    ]
    assert (large["nights"], large["minutes"], large["pulls"], large["lower_bound"]) == (3, 360 + 360 + 169, 3, True)
    assert (ship["first_night"], ship["nights"], ship["needs"]) == ("2026-06-05", 0, "nothing over the uplink")
    assert [(wave["name"], wave["sites_count"], wave["last_night"]) for wave in document["waves"]] == [
        ("pilot", 1, "2026-06-03"), ("empty", 0, None), ("rest", 1, "2026-06-05")
    ]  # fmt: skip
    assert (document["late"], document["last_night"]) == (True, "2026-06-05")
    assert document["nights"][0]["busy_ratio"] == 0.15
    assert (document["problems"][0]["line"], document["notes"]) == (4, ["a note"])
    assert document["totals"]["sites_of_several_nights"] == document["totals"]["sites_of_lower_bound"] == 1


def test_what_a_site_needs_reads_as_people_say_it() -> None:
    assert needs_words(STUDY.rollout.sites[0]) == "3 nights at 15.0 Mbit/s"


def test_rows_and_sheets_are_the_sites_in_order_with_one_value_a_cell() -> None:
    assert [row["name"] for row in records(STUDY)] == ["large", "ship"]
    assert [row["size_bytes"] for row in records(STUDY.rollout.nights)] == [
        40_500_000_000,
        40_500_000_000,
        19_000_000_000,
        0,
    ]
    sheets = dict(rollout_sheets(STUDY))
    assert list(sheets) == ["sites", "nights", "waves", "failures"]
    assert all(isinstance(cell, (str, int, float)) for rows in sheets.values() for row in rows for cell in row)
    assert dict(zip(sheets["nights"][0], sheets["nights"][1], strict=True))["held_minutes"] == "link 360"
    assert dict(zip(sheets["failures"][0], sheets["failures"][1], strict=True))["moved"] == (
        "large 2026-06-03 to 2026-06-04, ship 2026-06-05 to 2026-06-06"
    )


def test_a_rollout_of_nothing_has_a_document_too() -> None:
    empty = replace(STUDY, rollout=rollout_of(replace(RULES, waves=()), ()), problems=())
    document: Any = json.loads(json.dumps(rollout_document(empty)))

    jsonschema.validate(document, rollout_schema())
    assert (document["last_night"], document["ends_at"], document["late"]) == (None, None, False)
    assert dict(rollout_sheets(empty))["sites"] == [("night",)]
    assert repr(empty) == "<RolloutStudy <Rollout 0 sites in 0 nights, the last None>, 0 problems>"
