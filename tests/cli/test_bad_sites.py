"""Site files that are wrong: each ends with 2 and one clear sentence, or with a finding that names what is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support.columns import without_columns

if TYPE_CHECKING:
    from pathlib import Path

    from cli.running import Said

HEAD = "name: s\nimages: [a.example/x:1]\ndeclared_sizes: {a.example/x:1: 1GB}\n"


def planned(folder: Path, text: str | bytes, *more: str) -> Said:
    file = folder / "site.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return regplan("plan", str(file), "--offline", *more)


WRONG: dict[str, tuple[str | bytes, str]] = {
    "zero processors": (HEAD + "hosts:\n  - {name: a, cpu: 0}\n", "line 5: hosts[0].cpu: '0' must be more than 0"),
    "negative processors": (HEAD + "hosts:\n  - {name: a, cpu: -4}\n", "line 5: hosts[0].cpu: '-4' is negative"),
    "processors without end": (HEAD + "hosts: [{name: a, cpu: .inf}]\n", "line 4: hosts[0].cpu: '.inf' is not"),
    "no number of processors": (HEAD + "hosts: [{name: a, cpu: .nan}]\n", "line 4: hosts[0].cpu: '.nan' is not"),
    "negative memory": (HEAD + "hosts: [{name: a, memory: -1GB}]\n", "line 4: hosts[0].memory: '-1GB' is negative"),
    "negative declared size": (
        "name: s\nimages: [x:1]\ndeclared_sizes: {x:1: -3GB}\n",
        "line 3: declared_sizes: at x:1: '-3GB' is negative",
    ),
    "a size without a unit": (
        HEAD + "registry:\n  storage: 300\n",
        "line 5: registry.storage: '300' is not a size; write it with its unit: 300GB, 300GiB or 300Gi",
    ),
    "a size in quotes without a unit": (
        HEAD + 'registry:\n  storage: "300"\n',
        "registry.storage: '300' is not a size",
    ),
    "a size of small letters": (HEAD + "registry: {storage: 300gb}\n", "did you mean 300GB?"),
    "a size of small binary letters": (HEAD + "registry: {storage: 300 gib}\n", "did you mean 300GiB?"),
    "a size in powers of ten": (
        HEAD + "registry: {storage: 1e30B}\n",
        "line 4: registry.storage: '1e30B' is not a size",
    ),
    "a size beyond any disk": (
        HEAD + f"registry: {{storage: 1{'0' * 30}B}}\n",
        "line 4: registry.storage: '1000000000000000000000000000000B' is larger than any disk",
    ),
    "a size that is no number": (HEAD + "registry: {storage: .nan}\n", "registry.storage: '.nan' is not a size"),
    "two hosts of one name": (
        HEAD + "hosts:\n  - {name: a}\n  - {name: b}\n  - {name: a}\n",
        "line 7: hosts (a): the host a stands twice, first in line 5",
    ),
    "two hosts of one counted name": (
        HEAD + "hosts:\n  - {name: a, count: 2}\n  - {name: a-2}\n",
        "line 6: hosts (a-2): the host a-2 stands twice, first in line 5",
    ),
    "more hosts than there are": (
        HEAD + "hosts:\n  - {name: a, count: 100000000}\n",
        "line 5: hosts[0].count: '100000000' is not a whole number from 1 to 10,000",
    ),
    "hosts that are texts": (HEAD + "hosts: [a]\n", "line 4: hosts[0]: a mapping is expected, and here is text"),
    "no copies": (HEAD + "registry: {replicas: 0}\n", "line 4: registry.replicas: '0' is not a whole number from 1"),
    "a retention of nothing": (HEAD + "registry: {retention: keep 0}\n", "line 4: registry.retention: 'keep 0' is not"),
    "versions below none": (HEAD + "assumptions: {versions_kept: -1}\n", "line 4: assumptions.versions_kept: '-1'"),
    "growth that is no number": (
        HEAD + "assumptions: {growth_per_year: .nan}\n",
        "growth_per_year: '.nan' is not a share",
    ),
    "room without end": (HEAD + "assumptions: {free_space: .inf}\n", "assumptions.free_space: '.inf' is not a share"),
    "nothing but room": (HEAD + "assumptions: {free_space: 100%}\n", "'100%' leaves nothing; it must be below 100%"),
    "years without end": (HEAD + "scenario: {years: .inf}\n", "line 4: scenario.years: '.inf' is not a number"),
    "years in powers of ten": (HEAD + "scenario: {years: 1e9}\n", "line 4: scenario.years: '1e9' is not a number"),
    "years beyond anybody's": (
        HEAD + "scenario: {years: 999999}\n",
        "line 4: scenario.years: '999999' is more than 100 years",
    ),
    "a schedule that is none": (HEAD + "registry: {gc: dayly}\n", "line 4: registry.gc: 'dayly' is no schedule"),
    "an older version that is not there": (
        HEAD + "upgrade_from:\n  - [nowhere.json]\n",
        "line 5: upgrade_from[0][0]: ",
    ),
    "a day that is none": (
        HEAD + "registry: {certificate_expires: 2026-02-30}\n",
        "line 4: registry.certificate_expires: '2026-02-30' is not a date",
    ),
    "a rate that is no number": (
        HEAD + "links: {internet: {rate: .nan}}\n",
        "links.internet.rate: '.nan' is not a rate",
    ),
    "a date as a version": (
        HEAD + "versions: {agent: 2026-11-28}\n",
        "line 4: versions.agent: '2026-11-28' is a date, where a version such as 4.7.2 is expected",
    ),
    "a date as a size": (HEAD + "registry: {storage: 2026-11-28}\n", "registry.storage: '2026-11-28' is not a size"),
    "a date as a host": (HEAD + "hosts: [2026-11-28]\n", "line 4: hosts[0]: a mapping is expected"),
    "a key twice": (HEAD + "name: t\n", "line 4: the key 'name' stands twice, first in line 1"),
    "a key of a section twice": (
        HEAD + "registry:\n  storage: 300GB\n  storage: 200GB\n",
        "line 6: the key 'storage' stands twice, first in line 5",
    ),
    "a list as a name": ("name: [s]\nimages: [x:1]\n", "line 1: name: one value is expected, and here is a list"),
    "an empty name": ("name: ''\nimages: [x:1]\n", "line 1: name: a value is expected, and here is an empty text"),
    "a line of a megabyte": (f"name: {'x' * 10**6}\nimages: [x:1]\n", "line 1: name: a text of 1,000,000 characters"),
    "a megabyte that is no site": ("x" * 10**6, "this is not a site file: it is text, where keys are expected"),
    "nothing to plan": ("name: s\nimages: []\n", "line 2: profiles: a site needs `profiles` or `images`"),
    "nothing": ("", "this is not a site file: it is empty"),
    "a comment": ("# later\n", "this is not a site file: it is empty"),
    "bytes": (b"\x00\x01\xff\xfe", "line 1 is not text in UTF-8"),
    "a list": ("- a\n- b\n", "this is not a site file: it is a list, where keys are expected"),
    "a tab": ("name: s\n\timages: []\n", "line 2, column 1: a tab stands before the text"),
    "an alias of itself": ("name: s\nimages: &a [x, *a]\n", "line 2: the alias *a names nothing that was complete"),
    "a profile that is not there": (
        "name: s\nprofiles:\n  - nowhere.json\n",
        "line 3: profiles[0]: ",
    ),
    "an upgrade that is not there": (HEAD + "upgrade_to: nowhere.json\n", "line 4: upgrade_to: "),
    "a site that is its own profile": ("name: s\nprofiles: [site.yaml]\n", "line 2: profiles[0]: "),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_site_ends_with_2_and_names_file_line_and_key(case: str, tmp_path: Path) -> None:
    text, told = WRONG[case]

    said = planned(tmp_path, text)

    assert said.code == 2, said
    assert said.out == ""
    assert said.err.startswith(f"regplan: {tmp_path / 'site.yaml'}: ")
    assert told in without_columns(said.err, text.decode(errors="replace") if isinstance(text, bytes) else text)
    assert not re.search(r"line \d+: [\w-]+(\[\d+\]|\.[\w-]+)*: ", said.err), "a key without its column"
    assert len(said.err.splitlines()) == 1
    assert len(said.err) < 1_500


@pytest.mark.parametrize("hosts", ["", "hosts: []\n"])
def test_a_site_without_hosts_is_incomplete_and_says_which_key_to_state(hosts: str, tmp_path: Path) -> None:
    said = planned(tmp_path, HEAD + hosts, "-o", "json")

    found = {each["rule"]: each for each in said.document["findings"]}
    assert said.code == 4
    assert said.document["verdict"] == "INCOMPLETE"
    for rule in ("host.cpu", "host.memory", "host.disk"):
        assert found[rule]["verdict"] == "INCOMPLETE"
        assert found[rule]["fix"] == "State `hosts` in the site file."


@pytest.mark.slow
def test_ten_thousand_hosts_are_planned(tmp_path: Path) -> None:
    said = planned(tmp_path, HEAD + "hosts: [{name: a, cpu: 8, count: 10000}]\n", "-o", "json")

    assert said.code == 4
    assert len(said.document["hosts"]) == 10_000
    assert (said.document["fixes"], said.document["way_out"]) == (None, None)


def test_a_site_of_very_many_hosts_says_that_fixes_were_not_looked_for(tmp_path: Path) -> None:
    some, many = (planned(tmp_path, HEAD + f"hosts: [{{name: a, cpu: 8, count: {count}}}]\n") for count in (2, 201))

    assert (some.code, many.code) == (4, 4)
    assert "not looked for" not in some.out
    assert "fixes: not looked for, since the site has 201 hosts" in many.out


def test_a_date_as_a_name_is_that_text(tmp_path: Path) -> None:
    text = HEAD.replace("name: s", "name: 2026-11-28")
    assert planned(tmp_path, text, "-o", "json").document["site"]["name"] == "2026-11-28"


def test_a_folder_is_no_site(tmp_path: Path) -> None:
    said = regplan("plan", f"{tmp_path}/", "--offline")

    assert said.code == 2
    assert str(tmp_path) in said.err
    assert "folder" in said.err


def test_a_site_of_links_that_go_round_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")

    alone = regplan("plan", str(tmp_path / "a.yaml"), "--offline")
    named = planned(tmp_path, "name: s\nprofiles: [a.yaml]\n")

    assert (alone.code, named.code) == (2, 2)
    assert "a.yaml: cannot be read" in alone.err
    assert "line 2, column 12: profiles[0]: " in named.err


def test_a_folder_that_holds_itself_is_read_once(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "again").symlink_to(folder)
    (folder / "list.txt").write_text("a.example/x:1\n")

    said = planned(tmp_path, "name: s\nprofiles: [lists/]\ndeclared_sizes: {a.example/x:1: 1GB}\n", "-o", "json")

    assert said.code == 4
    assert said.document["images"]["declared"] == 1


def test_a_list_that_names_itself_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a.example/x:1\nlist.txt\n")

    said = planned(tmp_path, "name: s\nprofiles: [list.txt]\n")

    assert said.code == 2
    assert "line 2: list.txt names a file, and a list holds references" in said.err
    assert len(said.err.splitlines()) == 1
