from __future__ import annotations

from dataclasses import fields

from regplan.model.clock import Boot, Clock, Pulling
from regplan.report.clock import boot_document, pulling_document


def test_every_parameter_stands_with_its_source_and_what_the_site_file_sets_as_declared() -> None:
    told = {each["field"]: each for each in pulling_document(Clock((), Pulling(paces=True)))}

    assert list(told) == [each.name for each in fields(Pulling)]
    assert (told["paces"]["provenance"], told["paces"]["source"]) == ("declared", "site file, pulls.paces")
    assert (told["downloads"]["value"], told["downloads"]["provenance"]) == (3, "assumed")
    assert all(each["doc"] and each["source"] for each in told.values())


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
