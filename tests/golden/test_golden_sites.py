"""Golden sites against the oracle, rule by rule: verdict, measured, required, terms, hosts, and what binds."""

from __future__ import annotations

import ast
import datetime as dt
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from golden import make_recording
from golden.planning import DEFECTS, GOLDEN, REASONS, SITES, Planned, mapping_of, plan_of
from independent.layers import told_findings
from independent.storage import holds_bytes
from independent.surviving import fates
from oracle import reckon
from regplan.plan.rules.table import RULES

if TYPE_CHECKING:
    from pathlib import Path

    from oracle import Reckoned

RECKONED = [site for site in SITES if site.stem not in DEFECTS]


# Once in a run for each site, as it is planned once.
_reckon = cache(reckon)


def reckoned(path: Path, planned: Planned) -> Reckoned:
    return _reckon(path, mapping_of(path), dt.date.fromisoformat(planned.document["generated_at"][:10]))


def findings(rows: list[tuple[str, ...]]) -> dict[str, list[str]]:
    """Findings by rule, each as one text, so that a difference is read at a glance."""
    told: dict[str, list[str]] = {}
    for rule, *more in rows:
        told.setdefault(rule, []).append(" ".join(map(str, more)))
    return {rule: sorted(each) for rule, each in told.items()}


@pytest.mark.parametrize("path", RECKONED, ids=lambda path: path.stem)
def test_every_finding_is_what_the_oracle_reckons(path: Path) -> None:
    planned = plan_of(path)
    names = planned.host_names
    told = reckoned(path, planned)

    expected = [(row.rule, row.verdict, row.measured, row.required, row.where if row.where in names else "") for row in told.rows]  # fmt: skip

    assert findings(planned.rows) == findings([tuple(map(str, each)) for each in expected])


@pytest.mark.parametrize("path", RECKONED, ids=lambda path: path.stem)
def test_the_verdict_and_what_binds_are_the_oracles(path: Path) -> None:
    planned = plan_of(path)
    told = reckoned(path, planned)

    assert planned.document["verdict"] == told.verdict
    assert planned.document["binding_constraint"] in told.binding


@pytest.mark.parametrize("path", RECKONED, ids=lambda path: path.stem)
def test_the_need_and_its_terms_are_the_oracles(path: Path) -> None:
    planned = plan_of(path)
    told, storage = reckoned(path, planned), planned.document["storage"]

    assert {each["key"]: each["bytes"] for each in storage["terms"] if each["bytes"]} == {
        key: size for key, size in told.terms.items() if size
    }
    assert storage["required_bytes"] == told.required_bytes == sum(each["bytes"] for each in storage["terms"])
    assert storage["pvc_bytes"] == told.pvc_bytes == max(told.required_bytes, 300 * 10**9)
    assert storage["holds_bytes"] == holds_bytes(told.case)


GB = 10**9


@pytest.mark.parametrize(
    ("stem", "need", "pvc"),
    [("small", 38.4, 46.1), ("large", 201.1, 241.2), ("large-three", 250.2, 300.0), ("large-harbor", 348.3, 417.7)],
)
def test_the_worked_examples_come_out_within_a_fifth_of_a_gigabyte(stem: str, need: float, pvc: float) -> None:
    storage = plan_of(GOLDEN / "sites" / f"{stem}.yaml").document["storage"]
    written = sum(each["bytes"] for each in storage["terms"] if each["key"] not in {"filesystem", "free_space"})

    assert written / GB == pytest.approx(need, abs=0.2)
    assert storage["required_bytes"] / GB == pytest.approx(pvc, abs=0.2)


@pytest.mark.parametrize("path", RECKONED, ids=lambda path: path.stem)
def test_what_becomes_of_every_host_is_the_oracles(path: Path) -> None:
    planned = plan_of(path)

    told = [
        (
            each["host"],
            each["event"],
            each["registry"],
            each["returns"],
            sorted(each["missing"]),
            sorted(each["unknown"]),
        )
        for each in planned.document["survival"]
    ]

    assert told == [
        (each.host, each.event, each.registry, each.returns, sorted(each.missing), sorted(each.unknown))
        for each in fates(reckoned(path, planned).case)
    ]


@pytest.mark.parametrize("path", [site for site in SITES if site.stem in DEFECTS], ids=lambda path: path.stem)
def test_every_defect_of_a_profile_is_told_as_it_stands_beside_it(path: Path) -> None:
    planned = plan_of(path)
    marked = told_findings([each for root in planned.profiles(path) for each in sorted(files_of(root))])
    read = {rule.id for rule in RULES if rule.look is None}

    assert Counter((rule, verdict) for rule, verdict, *_ in planned.rows if rule in read) == Counter(marked)


def files_of(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()] if root.is_dir() else [root]


def test_every_verdict_that_a_rule_can_give_is_given_at_a_golden_site() -> None:
    given = {(rule, verdict) for path in SITES for rule, verdict, *_ in plan_of(path).rows}
    can = {(rule.id, verdict.value) for rule in RULES for verdict in rule.verdicts}

    assert can - given == set(REASONS)
    assert given <= can, "a rule gives what its row does not name"


def test_there_are_twenty_golden_sites_and_each_says_what_it_is_for() -> None:
    assert len(SITES) >= 20
    assert all(path.read_text(encoding="utf-8").startswith("# ") for path in SITES)


def test_the_oracle_imports_nothing_of_regplan() -> None:
    tests = GOLDEN.parent
    files = [tests / "oracle.py", *(tests / "independent").glob("*.py"), GOLDEN / "make_recording.py"]
    for file in (each for each in files if not each.name.startswith("test_")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            assert [name for name in names if name.partition(".")[0] == "regplan"] == [], file


def test_the_recording_is_what_its_maker_writes() -> None:
    assert (GOLDEN / "recording" / "facts.jsonl").read_text(encoding="utf-8") == make_recording.text()
    for path, data in make_recording.layout().items():
        assert (GOLDEN / "layout" / path).read_bytes() == data
