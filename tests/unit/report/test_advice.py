"""Fixes, way out and sensitivity in a plan document, and read back from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema

from regplan.report.document import json_text, plan_document
from regplan.report.rebuilt import study_of
from regplan.report.schema import plan_schema

if TYPE_CHECKING:
    from regplan.model.plan import Study

KEYS = ("fixes", "way_out", "sensitivity")


def document_of(study: Study) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json_text(plan_document(study)))
    return document


def test_a_plan_read_back_has_its_fixes_its_way_out_and_its_sensitivity(advised: Study) -> None:
    document = document_of(advised)
    plan = study_of(document).plan

    assert all(document[key] for key in KEYS)
    assert (plan.advice, plan.sensitivity) == (advised.plan.advice, advised.plan.sensitivity)
    assert plan.advice is not None
    assert document_of(study_of(document)) | {key: None for key in document if key not in KEYS} == {
        key: value if key in KEYS else None for key, value in document.items()
    }
    jsonschema.validate(document, plan_schema())


def test_a_plan_that_nobody_asked_for_more_says_null_and_is_read_back_so(study: Study) -> None:
    document = document_of(study)

    assert [document[key] for key in KEYS] == [None, None, None]
    assert (study_of(document).plan.advice, study_of(document).plan.sensitivity) == (None, None)


def test_a_plan_of_before_there_were_fixes_is_read_without(advised: Study) -> None:
    older = {key: value for key, value in document_of(advised).items() if key not in KEYS}
    plan = study_of(older).plan

    assert (plan.advice, plan.sensitivity) == (None, None)


def test_a_change_is_told_in_words_and_in_numbers(advised: Study) -> None:
    (fix,) = document_of(advised)["fixes"]

    assert fix["changes"] == [
        {
            "key": "hosts.node-3.memory",
            "from": "7.8GB",
            "to": "8GiB",
            "unit": "bytes",
            "from_number": 7_800_000_000,
            "to_number": 8 * 2**30,
        }
    ]
    assert fix["removes"] == [{"rule": "host.memory", "where": "node-3", "unit": ""}]
