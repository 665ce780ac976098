from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import jsonschema
import pytest

from regplan.errors import InputError
from regplan.model.clock import Boot, Clock, Pulling
from regplan.report.clock import boot_document, clock_document, clock_from, pulling_document
from regplan.report.document import plan_document
from regplan.report.explained.answers import answer
from regplan.report.explained.steps import Book
from regplan.report.parts.clock import clock_table
from regplan.report.rebuilt import study_of
from regplan.report.schema import plan_schema
from regplan.verbs.clocking import clock_study

if TYPE_CHECKING:
    from regplan.model.plan import Study

CLOCK = Clock(
    (
        Boot("direct", 2, 10.0, 20.0, 30.5, 2e7, 750_000_000, 1_226, 9.5, 1.25, "round trips"),
        Boot("pull-through", 2),
    ),
    Pulling(downloads=5, downloads_of="image", unpack_bytes_per_s=10**7, paces=True),
)


def test_a_clock_is_read_back_from_a_document_as_it_was_written() -> None:
    told = clock_document(CLOCK)

    assert clock_from({"clock": told}) == CLOCK
    assert clock_from({"clock": {**told, "pulls": [*pulling_document(CLOCK), {"field": "newer", "value": 1}]}}) == CLOCK
    assert clock_from({}) is None


def test_a_plan_has_a_clock_only_where_it_was_asked_for(study: Study) -> None:
    assert "clock" not in plan_document(study)
    told = plan_document(replace(study, clock=CLOCK))
    jsonschema.validate(told, plan_schema())
    assert study_of(told).clock == CLOCK


def test_a_plan_that_was_read_from_a_document_is_given_no_times_of_images_that_it_has_not(study: Study) -> None:
    assert clock_study(study) is not None
    with pytest.raises(InputError, match="has no layers"):
        clock_study(study_of(plan_document(study)))


def test_a_report_tells_when_hosts_are_ready_way_by_way() -> None:
    table = clock_table(CLOCK)

    assert "layer by layer" in table.caption
    direct, through = table.rows
    assert [getattr(cell, "value", cell) for cell in direct] == [
        "No registry", 10.0, 20.0, 30.5, 9.5, 2e7, 750_000_000, 1_226,
    ]  # fmt: skip
    assert [getattr(cell, "value", cell) for cell in through] == ["Pull-through cache", *(None,) * 7]


def test_every_parameter_stands_with_its_source_and_what_the_site_file_sets_as_declared() -> None:
    told = {each["field"]: each for each in pulling_document(Clock((), Pulling(paces=True)))}

    assert list(told) == [each.name for each in fields(Pulling) if each.name != "measured"]
    assert (told["paces"]["provenance"], told["paces"]["source"]) == ("declared", "site file, pulls.paces")
    assert (told["downloads"]["value"], told["downloads"]["provenance"]) == (3, "assumed")
    assert all(each["doc"] and each["source"] for each in told.values())


def test_what_a_machine_unpacks_is_measured_where_the_site_file_has_the_day() -> None:
    pulling = Pulling(unpack_bytes_per_s=50_000_000, downloads=5, measured="2026-11-29")
    clock = Clock((), pulling)
    told = {each["field"]: each for each in pulling_document(clock)}

    source = "regplan probe, 2026-11-29 (site file, pulls.unpacked_each_second)"
    assert (told["unpack_bytes_per_s"]["provenance"], told["unpack_bytes_per_s"]["source"]) == ("measured", source)
    # That reading takes no time of its own was found too.
    assert told["inflate_bytes_per_s"]["provenance"] == "measured"
    assert told["downloads"]["provenance"] == "declared"
    assert clock_from({"clock": clock_document(clock)}) == clock
    bare = {each["field"]: each["provenance"] for each in pulling_document(Clock((), Pulling(measured="2026-11-29")))}
    assert bare["unpack_bytes_per_s"] == "assumed"


def test_what_is_not_known_of_a_way_is_none() -> None:
    assert boot_document(Boot("direct", 1)) == {
        "tier": 1,
        "ready_s": {"p50": None, "p95": None, "max": None},
        "least_s": None,
        "peak_bps": None,
        "busiest_bytes": None,
        "requests": None,
        "tier_ratio": None,
        "tier_reason": "",
    }


def test_a_parameter_of_the_clock_is_explained_with_the_key_that_sets_it(study: Study) -> None:
    book = Book(plan_document(replace(study, clock=CLOCK)))
    found = answer(book, "clock.pulls[4].value")

    assert found is not None
    lines = dict(found.explanation.lines)
    assert lines["value"] == "0.52"
    assert lines["known"] == "assumed: can be set under pulls: in the site file"
    assert lines["set by"] == "pulls.image_overhead in the site file"
