"""Files of users' own rules: what is read, and one clear error with file, line and key for what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.errors import InvalidRules
from regplan.model.finding import Verdict
from regplan.model.own_rule import OwnRule
from regplan.profile.own_rules import COLUMNS, parse_own_rules

if TYPE_CHECKING:
    from regplan.profile.own_rules import Place

WHOLE = """\
rules:
  - id: house.claim
    title: Room for twice the need
    compares: the claim with twice the need
    measured: storage.claimed_bytes
    op: ">="
    threshold: storage.required_bytes * 2
    unit: bytes
    source: House standard 12
    since: "2026"
    reading: GB = 10^9
    verdict: marginal
    where: registry.storage
    fix: Claim more.
    tolerance: 5%
  - {id: house.kind, measured: site.registry.kind, op: not in, threshold: [harbor, other]}
"""
ONE = "id: house.claim\nmeasured: storage.claimed_bytes\nop: '>='\nthreshold: 400GB\n"


def read(text: str) -> tuple[Place, ...]:
    return parse_own_rules(text, "rules/house.yaml", "house.yaml", lambda _: None)


def problems(text: str) -> str:
    with pytest.raises(InvalidRules) as caught:
        read(text)
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("rules/house.yaml: ")
    return str(caught.value)


def test_a_file_has_a_list_of_rules_with_all_their_columns() -> None:
    first, second = read(WHOLE)

    assert first.rule == OwnRule(
        id="house.claim",
        measured="storage.claimed_bytes",
        op=">=",
        threshold="storage.required_bytes * 2",
        title="Room for twice the need",
        compares="the claim with twice the need",
        unit="bytes",
        source="House standard 12",
        since="2026",
        reading="GB = 10^9",
        broken=Verdict.MARGINAL,
        where="registry.storage",
        fix="Claim more.",
        tolerance=0.05,
        file="house.yaml",
    )
    assert (first.number, dict(first.lines)["threshold"], second.number) == (0, 7, 1)
    assert second.rule.threshold == ("harbor", "other")


@pytest.mark.parametrize(
    "text", [ONE, "- {" + ONE.replace("\n", ", ") + "}", '{"rules": {' + ONE.replace("\n", ", ") + "}}"]
)
def test_one_rule_a_list_and_json_are_files_of_rules_too(text: str) -> None:
    (place,) = read(text)

    assert (place.rule.id, place.rule.threshold, place.rule.broken) == ("house.claim", "400GB", Verdict.FAIL)


@pytest.mark.parametrize(
    ("measured", "unit"),
    [
        ("storage.claimed_bytes", "bytes"),
        ("storage.terms.live.bytes", "bytes"),
        ("hosts.*.cpu_milli", "milli"),
        ("wire.direct_boot_s", "s"),
        ("storage.claimed_bytes / 2", ""),
        ("site.name", ""),
    ],
)
def test_a_key_that_stands_alone_tells_its_unit(measured: str, unit: str) -> None:
    (place,) = read(ONE.replace("storage.claimed_bytes", measured))

    assert place.rule.unit == unit


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("a: [", "line 2, column 1"),
        ("a: 1\n---\nb: 2\n", "several documents"),
        ("groups: []\n", "it has neither `rules:` nor a rule with an `id`"),
        ("rules: []\n", "a list of rules is expected"),
        ("rules: yes\n", "a list of rules is expected"),
        ("rules: [text]\n", "line 1: rules[0]: a mapping is expected, and here is text"),
        (ONE + "treshold: 4\n", "line 5: rules[0].treshold: unknown column; did you mean threshold?"),
        ("rules: []\nrule: 1\n", "a list of rules"),
        (ONE.replace("id: house.claim\n", ""), "line 1: rules[0].id: this column is needed"),
        (ONE.replace("house.claim", "claim"), "line 1: rules[0].id: 'claim' is not an id"),
        (ONE.replace("house.claim", "House.Claim"), "rules[0].id: 'House.Claim' is not an id"),
        (ONE.replace("'>='", "'=>'"), "line 3: rules[0].op: '=>' is none of >=, >"),
        (ONE + "verdict: PASS\n", "line 5: rules[0].verdict: 'PASS' is none of FAIL, MARGINAL, INFO"),
        (ONE + "tolerance: 150%\n", "line 5: rules[0].tolerance: '150%' is not a share"),
        (ONE + "tolerance: some\n", "line 5: rules[0].tolerance: 'some'"),
        (ONE + "fix: [a]\n", "line 5: rules[0].fix: one value is expected, and here is a list"),
        (ONE + "fix: ''\n", "line 5: rules[0].fix: a value is expected, and here is an empty text"),
        (ONE.replace("400GB", "[1, 2]"), "line 4: rules[0].threshold: one value is expected"),
        (ONE + "id: house.other\n", "line 5: the key 'id' stands twice"),
    ],
)
def test_a_bad_file_is_told_with_its_line_and_key(text: str, said: str) -> None:
    assert said in problems(text)


def test_every_problem_is_told_at_once_in_the_files_order() -> None:
    told = problems("rules:\n  - {id: a.b, measured: x.y, op: '>>', threshold: 1}\n  - {id: c}\nmore: 1\n")

    assert told.splitlines()[0] == "rules/house.yaml: 6 problems:"
    assert [line.split(":")[0].strip() for line in told.splitlines()[1:]] == [
        "- line 2", "- line 3", "- line 3", "- line 3", "- line 3", "- line 4",
    ]  # fmt: skip


def test_what_nothing_can_evaluate_is_told_at_its_column() -> None:
    with pytest.raises(InvalidRules, match=r"house.yaml: line 4: rules\[0\].threshold: it is too much"):
        parse_own_rules(ONE, "rules/house.yaml", "house.yaml", lambda _: ("threshold", "it is too much"))


def test_every_column_says_what_it_holds() -> None:
    assert all(COLUMNS.values())
    assert set(COLUMNS) == (set(OwnRule.__slots__) - {"broken", "file"}) | {"verdict"}


@pytest.mark.parametrize("column", ["title", "source", "fix", "threshold", "where", "id"])
def test_a_password_in_a_rule_is_refused_and_never_shown(column: str) -> None:
    text = "\n".join(line for line in ONE.splitlines() if not line.startswith(f"{column}:"))
    told = problems(f"{text}\n{column}: https://me:hunter2@wiki.example/x\n")

    assert f"{column}: this address holds a password" in told
    assert "hunter2" not in told
