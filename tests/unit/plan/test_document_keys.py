from __future__ import annotations

import pytest

from regplan.plan.document_keys import find, items_at

DOCUMENT = {
    "verdict": "PASS",
    "storage": {"claimed_bytes": 5, "terms": [{"key": "live", "bytes": 7}, {"key": "growth", "bytes": 1}]},
    "hosts": [{"name": "node-1", "cpu_milli": 4000}, {"name": "node-2", "cpu_milli": None}],
    "findings": [{"rule": "storage.claim", "measured": 3}, {"rule": "storage.claim", "measured": 4}],
    "assumptions": [{"key": "free_space", "value": 0.15, "unit": "ratio"}],
    "wire": None,
    "defaulted": ["images"],
}


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (("verdict",), "PASS"),
        (("storage", "claimed_bytes"), 5),
        (("storage", "terms", "live"), 7),
        (("storage", "terms", "live", "bytes"), 7),
        (("hosts", 0, "cpu_milli"), 4000),
        (("hosts", "0", "cpu_milli"), 4000),
        (("hosts", "node-1", "cpu_milli"), 4000),
        (("findings", "storage.claim", "measured"), 3),
        (("findings", "storage", "claim", "measured"), 3),
        (("assumptions", "free_space"), 0.15),
        (("defaulted", 0), "images"),
    ],
)
def test_a_key_is_followed_through_mappings_and_lists(steps: tuple[str | int, ...], value: object) -> None:
    assert (find(DOCUMENT, steps).value, find(DOCUMENT, steps).problem) == (value, "")


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        (("wire", "saved_bytes"), "is not known"),
        (("hosts", "node-2", "cpu_milli"), "is not known"),
        (("storage", "claimed_byte"), "is not in the plan document; claimed_bytes is"),
        (("hosts", "node-3", "cpu_milli"), "is not in the plan document; node-"),
        (("hosts", 7), "is not in the plan document"),
        (("verdict", "x"), "is not in the plan document"),
        (("zzz",), "is not in the plan document"),
        (("storage",), "is no value, but holds others"),
        (("hosts",), "is a list"),
    ],
)
def test_what_stands_nowhere_is_told_with_what_may_be_meant(steps: tuple[str | int, ...], problem: str) -> None:
    found = find(DOCUMENT, steps)

    assert found.value is None
    assert found.problem.startswith(problem)


def test_items_have_names_or_places() -> None:
    assert items_at(DOCUMENT, ("hosts",)) == ["node-1", "node-2"]
    assert items_at({"a": [1, {"b": 2}]}, ("a",)) == ["0", "1"]
    assert items_at({"a": {"x": 1}}, ("a",)) == ["x"]
    assert items_at(DOCUMENT, ("verdict",)) is None
    assert items_at(DOCUMENT, ("nothing",)) is None
