"""The cheapest fixes of the golden sites, done in the site file: the oracle says that they remove what they say."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from golden.planning import DEFECTS, SITES, mapping_of
from golden.test_fixes import spelt_out
from golden.test_mutations import copied
from oracle import reckon
from regplan.report.document import plan_document
from regplan.verbs.options import Options
from regplan.verbs.study import plan_site

if TYPE_CHECKING:
    from pathlib import Path

    from oracle import Reckoned

    Given = dict[str, Any]

pytestmark = pytest.mark.slow

GIB = 2**30
BAD = frozenset({"FAIL", "INCOMPLETE", "MARGINAL"})
_KEY = re.compile(
    r"hosts\.(?P<host>[\w-]+)\.(?P<of>cpu|memory|storage|arch)|(?P<section>[a-z]+)\.(?P<name>[a-z_]+)|[a-z]+"
)


@dataclass(frozen=True)
class Fix:
    """One fix, or the whole way out, of a golden site whose every change is a key of the site file."""

    site: Path
    today: dt.date
    told: Given

    @property
    def name(self) -> str:
        """What a failing test is called."""
        return f"{self.site.stem}: {self.told.get('title') or 'the way out'}"


@cache
def fixes() -> tuple[Fix, ...]:
    """Every fix and way out of the golden sites that changes the site file alone."""
    found = []
    for site in (each for each in SITES if each.stem not in DEFECTS):
        document: Any = plan_document(plan_site(site, Options(mapping=mapping_of(site), fixes=True)))
        today = dt.date.fromisoformat(document["generated_at"][:10])
        told = [*(document["fixes"] or []), *([document["way_out"]] if document["way_out"] else [])]
        found += [Fix(site, today, each) for each in told if all(_KEY.fullmatch(c["key"]) for c in each["changes"])]
    return tuple(found)


def put(given: Given, key: str, value: Any) -> None:
    """Write a value where a change names it."""
    match = _KEY.fullmatch(key)
    assert match is not None
    if match["host"]:
        (host,) = [each for each in given["hosts"] if each["name"] == match["host"]]
        host[match["of"]] = value
    elif match["section"]:
        given[match["section"]] = {**(given.get(match["section"]) or {}), match["name"]: value}
    else:
        given[key] = value


def reckoned(fix: Fix, folder: Path, *, less: str = "") -> Reckoned:
    """Make the changes of a fix in a copy of its site, the one of the key `less` by one less, and reckon that."""
    given = spelt_out(folder / "sites" / fix.site.name)
    for change in fix.told["changes"]:
        value = yaml.safe_load(change["to"]) if change["unit"] != "version" else change["to"]
        put(given, change["key"], one_less(change) if change["key"] == less else value)
    file = folder / "sites" / "mended.yaml"
    file.write_text(yaml.safe_dump(given), encoding="utf-8")
    return reckon(file, mapping_of(fix.site), fix.today)


def one_less(change: Given) -> str:
    """One GiB, one processor or one version less than a change asks for."""
    if change["key"].startswith("versions."):
        head, _, last = change["to"].rpartition(".")
        return f"{head}.{int(last) - 1}"
    amount = change["to_number"]
    return f"{amount - GIB}B" if change["unit"] == "bytes" else f"{amount - 1000}m"


def is_countable(change: Given) -> bool:
    """Tell whether a change asks for more of something, and not for less of it."""
    if change["key"].startswith("versions."):
        return True
    return change["unit"] in {"bytes", "milli"} and change["to_number"] > (change["from_number"] or 0)


def left_over(told: Reckoned, fix: Fix) -> list[str]:
    """Which of the findings that a fix removes are as many as they were, by the oracle."""
    before = rows_of(reckon(fix.site, mapping_of(fix.site), fix.today))
    after = rows_of(told)
    named = {(each["rule"], each["where"] if each["where"] in hosts_of(told) else "") for each in fix.told["removes"]}
    return [f"{rule} {where}" for rule, where in named if 0 < before[rule, where] <= after[rule, where]]


def rows_of(told: Reckoned) -> Counter[tuple[str, str]]:
    """How many findings count against a site, by rule and host; one of CPU and one of memory may be of one rule."""
    names = hosts_of(told)
    return Counter((row.rule, row.where if row.where in names else "") for row in told.rows if row.verdict in BAD)


def hosts_of(told: Reckoned) -> set[str]:
    """The names of a site's hosts."""
    return {host.name for host in told.case.site.hosts}


@pytest.mark.slow
def test_the_golden_sites_have_fixes_of_every_kind() -> None:
    keys = {change["key"] for fix in fixes() for change in fix.told["changes"]}

    assert len(fixes()) >= 30
    assert {"registry.storage", "registry.retention", "registry.gc", "registry.replicas", "versions.agent"} <= keys
    assert {key.rpartition(".")[2] for key in keys if key.startswith("hosts.")} >= {"cpu", "memory", "storage"}


@pytest.mark.slow
def test_what_a_fix_removes_is_gone_and_the_verdict_is_what_it_says(tmp_path: Path) -> None:
    copied(tmp_path)
    for fix in fixes():
        told = reckoned(fix, tmp_path)

        assert left_over(told, fix) == [], fix.name
        assert told.verdict == fix.told["verdict"], fix.name
        assert fix.told["binding_constraint"] in told.binding, fix.name


@pytest.mark.slow
def test_one_less_of_what_a_fix_asks_for_brings_a_finding_back(tmp_path: Path) -> None:
    copied(tmp_path)
    counted = 0
    for fix in fixes():
        for change in filter(is_countable, fix.told["changes"]):
            told, enough = reckoned(fix, tmp_path, less=change["key"]), reckoned(fix, tmp_path)

            assert rows_of(told) > rows_of(enough), (fix.name, change)
            counted += 1
    assert counted >= 20


@pytest.mark.parametrize("stem", ["store", "small", "ceph", "growth"])
def test_a_site_that_passes_needs_no_fix(stem: str) -> None:
    assert [fix.name for fix in fixes() if fix.site.stem == stem] == []
