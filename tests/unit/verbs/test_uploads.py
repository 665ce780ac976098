from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.model.finding import Verdict
from regplan.verbs.demo import demo_options, demo_site
from regplan.verbs.fleet import plan_fleet
from regplan.verbs.sites import read_site
from regplan.verbs.study import plan_site
from regplan.verbs.uploads import uploaded_site, uploaded_table

if TYPE_CHECKING:
    from pathlib import Path

DEMO = demo_site().parent
BASE = read_site(demo_site())
PROFILES = {path.name: path.read_bytes() for path in sorted((DEMO / "profiles").iterdir())}
FACTS = {"facts.jsonl": (DEMO / "recording" / "facts.jsonl").read_bytes()}
SITE = {"site-single.yaml": (DEMO / "site-single.yaml").read_bytes()}


def test_a_site_file_finds_what_was_uploaded_with_it_wherever_it_names_it(tmp_path: Path) -> None:
    site = uploaded_site({**FACTS, **PROFILES, **SITE}, tmp_path, BASE)
    study = plan_site(site, demo_options())
    assert study.plan.site.name == "store-0421-single"
    assert study.plan.verdict is Verdict.PASS
    assert study.plan.inputs_digest == plan_site(DEMO / "site-single.yaml", demo_options()).plan.inputs_digest


def test_a_site_file_as_powershell_writes_it_is_one(tmp_path: Path) -> None:
    text = SITE["site-single.yaml"].decode()
    site = uploaded_site({**SITE, "site-single.yaml": text.encode("utf-16"), **PROFILES, **FACTS}, tmp_path, BASE)
    assert site.name == "store-0421-single"


def test_profiles_alone_are_planned_on_the_site_that_is_there(tmp_path: Path) -> None:
    name = "retail-apps-1.0.0.yaml"
    site = uploaded_site({name: PROFILES[name], **FACTS}, tmp_path, BASE)
    assert site.hosts == BASE.hosts
    assert site.file == ""
    assert site.inputs.profiles == (str(tmp_path / name),)
    assert plan_site(site, demo_options()).plan.counts.unresolved == ()


def test_profiles_without_a_recording_are_asked_for_where_they_come_from(tmp_path: Path) -> None:
    name = "retail-apps-1.0.0.yaml"
    assert uploaded_site({name: PROFILES[name]}, tmp_path, BASE).inputs.sources == ()


def test_a_profile_that_was_forgotten_is_named(tmp_path: Path) -> None:
    site = uploaded_site({**FACTS, **SITE}, tmp_path, BASE)
    with pytest.raises(InputError, match=r"retail-infra-1\.0\.0\.json.*no such file"):
        plan_site(site, demo_options())


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "upload a site file"),
        (FACTS, "^facts.jsonl: no such file is read here; upload a site file"),
        (
            {"bundle.tar": b"x", "photo.png": b"x"},
            "^bundle.tar, photo.png: no such file is read here; upload a site file",
        ),
        ({**SITE, "other.yaml": SITE["site-single.yaml"]}, "several are site files"),
        ({"..": b""}, "no name of a file"),
        ({"": b""}, "no name of a file"),
    ],
)
def test_what_is_no_site_is_one_sentence(files: dict[str, bytes], said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        uploaded_site(files, tmp_path, BASE)


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    hostile = b"{name: store, profiles: [../infra.json, /tmp/x/infra.json], hosts: []}"
    uploaded_site({"site.yaml": hostile, "../../infra.json": b"{}", "a\\b\\c.json": b"{}"}, folder, BASE)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == [
        *("in/c.json", "in/infra.json", "in/site.yaml"),
    ]


def test_rows_of_a_table_find_the_profiles_that_were_uploaded_with_it(tmp_path: Path) -> None:
    text = "name,profiles,from,registry.storage,hosts.count,hosts.cpu,hosts.memory,hosts.storage\n"
    text += "one,profiles/retail-apps-1.0.0.yaml,recording:recording,400GB,1,8,16GiB,512GB\n"
    table = uploaded_table({"sites.csv": text.encode(), **PROFILES, **FACTS}, tmp_path)
    fleet = plan_fleet(table, options=demo_options())
    assert [site.unresolved for site in fleet.sites] == [0]
    assert fleet.problems == ()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "^upload a table of sites"),
        ({"a.csv": b"name\n", "b.xlsx": b""}, "^a.csv, b.xlsx: several are tables of sites; upload one"),
        ({"sites.xls": b"x"}, "^sites.xls: no such file is read here; upload a table of sites"),
    ],
)
def test_just_one_table_is_asked_for(files: dict[str, bytes], said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        uploaded_table(files, tmp_path)
