"""The list of sites that were opened last: a file that nobody has to look after."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.model.finding import Verdict
from regplan.verbs.options import Options
from regplan.verbs.recent import default_recent_file, recent_sites, remember_site
from tui.studies import passing_study, site_study

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def test_the_site_opened_last_stands_first_and_each_stands_there_once(tmp_path: Path) -> None:
    file = tmp_path / "state" / "recent.json"
    for target in ("/sites/a.yaml", "/sites/b.yaml", "/sites/a.yaml"):
        remember_site(target, site_study().plan, NOW, file)

    found = recent_sites(file=file)

    assert [each.target for each in found.sites] == ["/sites/a.yaml", "/sites/b.yaml"]
    assert (found.sites[0].name, found.sites[0].verdict) == ("store-0421", Verdict.FAIL)
    # The terms of the study: 176,370,178 + 61,729,562 + 100,000,000 + 140,000 + 81,760,260.
    assert (found.sites[0].required_bytes, found.sites[0].claimed_bytes) == (420_000_000, 300 * 10**9)
    assert found.sites[0].opened_at == "2026-09-01T08:00:00+00:00"
    assert found.problem == ""


def test_a_relative_path_is_remembered_whole_and_a_row_of_a_fleet_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "recent.json"
    remember_site("fleet:3:stores.csv", passing_study().plan, NOW, file)
    remember_site("site.yaml", passing_study().plan, NOW, file)

    row, path = (each.target for each in reversed(recent_sites(file=file).sites))
    assert row == "fleet:3:stores.csv"
    assert path.endswith("site.yaml")
    assert path != "site.yaml"


def test_twelve_sites_are_remembered_at_most(tmp_path: Path) -> None:
    file = tmp_path / "recent.json"
    for number in range(15):
        remember_site(f"/sites/{number}.yaml", site_study().plan, NOW, file)

    assert [each.target for each in recent_sites(file=file).sites] == [
        f"/sites/{each}.yaml" for each in range(14, 2, -1)
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b'{"sites": {"a": 1}}',
        b'{"sites": [{"target": "/a"}]}',
        b'{"sites": [{"target": "/a", "name": "x", "verdict": "GREAT", "required_bytes": 1, "claimed_bytes": null, "opened_at": ""}]}',
        b'{"sites": [{"target": "/a", "name": "\\u202ex", "verdict": "PASS", "required_bytes": 1, "claimed_bytes": null, "opened_at": ""}]}',
        b'{"sites": [{"target": "/a", "name": "x", "verdict": "PASS", "required_bytes": -1, "claimed_bytes": null, "opened_at": ""}]}',
        b"[" * 100_000,
        b" " * 400_000,
    ],
)
def test_garbage_is_told_in_one_line_and_written_anew(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "recent.json"
    file.write_bytes(content)

    found = recent_sites(file=file)
    assert found.sites == ()
    assert "recent.json" in found.problem
    assert "\n" not in found.problem

    remember_site("/sites/a.yaml", site_study().plan, NOW, file)
    assert [each.target for each in recent_sites(file=file).sites] == ["/sites/a.yaml"]


def test_names_are_made_harmless_and_a_path_that_cannot_be_shown_is_not_remembered(tmp_path: Path) -> None:
    file = tmp_path / "recent.json"
    plan = site_study().plan
    remember_site("/sites/a.yaml", replace(plan, site=replace(plan.site, name="a\x1b[31m\u202eb")), NOW, file)
    remember_site("/sites/\x1b[31m.yaml", plan, NOW, file)

    found = recent_sites(file=file)
    assert [each.target for each in found.sites] == ["/sites/a.yaml"]
    assert found.sites[0].name.isprintable()


def test_nothing_is_there_at_first_and_the_cache_is_counted_with_its_newest(tmp_path: Path) -> None:
    options = Options(cache_folder=tmp_path / "cache")
    assert recent_sites(options) == recent_sites(options, default_recent_file())
    assert recent_sites(options).cached == 0

    from regplan.model.source import Content
    from regplan.oci.digest import Digest
    from regplan.store.cache import DigestCache

    data = json.dumps({"a": 1}).encode()
    DigestCache(tmp_path / "cache").put(Content("application/json", Digest.of(data), data))

    found = recent_sites(options)
    assert found.cached == 1
    assert found.newest_s == pytest.approx(datetime.now(UTC).timestamp(), abs=600)


def test_a_folder_that_cannot_be_written_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")

    with pytest.raises(InputError, match=r"recent\.json: cannot be written"):
        remember_site("/sites/a.yaml", site_study().plan, NOW, tmp_path / "state" / "recent.json")
