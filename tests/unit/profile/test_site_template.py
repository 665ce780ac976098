from __future__ import annotations

import re

import pytest

from regplan.profile.site import parse_site
from regplan.profile.site_keys import KEYS, SECTIONS
from regplan.profile.site_template import site_template


def test_the_template_is_a_site_file_as_it_is() -> None:
    site = parse_site(site_template("store-1"), "site.yaml")
    assert site.name == "store-1"
    assert site.inputs.profiles == ("profile.json",)
    assert [host.name for host in site.hosts] == ["node-1"]
    assert site.registry is not None


def test_the_template_without_its_comment_signs_sets_every_key() -> None:
    lines = site_template("store-1").splitlines()
    body = "\n".join(re.sub(r"^(\s*)# ", r"\1", line) for line in lines if not re.match(r"# [A-Z]|# or ", line))
    assert parse_site(body, "site.yaml").defaulted == ()


def test_every_key_and_section_stands_in_the_template_with_its_meaning() -> None:
    text = site_template("store-1")
    told = [(each.path, each.meaning) for each in KEYS] + [(each.path, each.meaning) for each in SECTIONS[1:]]
    for path, meaning in told:
        assert re.search(rf"^[\s#-]*{path.rpartition('.')[2]}:.*# .*{re.escape(meaning)}", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["a: b", "#1", '"quoted"', "no", "1.30", "Überall", "x\ny", "{a}"])
def test_any_name_comes_back_as_it_was(name: str) -> None:
    assert parse_site(site_template(name), "site.yaml").name == name
