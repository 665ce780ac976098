"""Laws of reading site files: nothing crashes it, and whatever it refuses it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regplan.errors import InvalidSite
from regplan.profile.kinds import is_site
from regplan.profile.site import parse_site
from regplan.profile.site_keys import KEYS, SECTIONS
from regplan.profile.site_template import site_template

pytestmark = pytest.mark.property

SITE = (Path(__file__).parents[2] / "data" / "demo" / "site.yaml").read_text(encoding="utf-8")
NAMES = [*(key.name for key in KEYS), *(each.path.rpartition(".")[2] for each in SECTIONS[1:]), "password", "zzz"]
SCALARS = st.sampled_from(
    ["300GB", "300Gi", "8", "1.5", "15%", "zot", "worker", "amd64", "20Mbit/s", "60ms", "none", "true", "UTC", "4.7.2"]
) | st.text(max_size=10) | st.none() | st.booleans() | st.integers() | st.floats()  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), each, max_size=8)
    ),
    max_leaves=30,
)
VALUES = st.dictionaries(st.sampled_from(NAMES), TREES, max_size=8)


def outcome(text: str) -> object:
    try:
        return parse_site(text, "sites/site.yaml")
    except InvalidSite as error:
        return str(error)


@given(st.text())
@example("\ud800")
@example("[" * 5000)
def test_any_text_is_read_or_refused_and_twice_the_same(text: str) -> None:
    told = outcome(text)
    assert told == outcome(text)
    assert not isinstance(told, str) or told.startswith("sites/site.yaml: ")
    is_site(text)


@given(VALUES)
def test_any_structure_is_read_or_refused_and_twice_the_same(tree: dict[str, Any]) -> None:
    text = json.dumps(tree)
    assert outcome(text) == outcome(text)


@given(st.data())
def test_a_damaged_site_file_is_read_or_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SITE)))
    end = data.draw(st.integers(start, min(len(SITE), start + 60)))
    outcome(SITE[:start] + data.draw(st.text(max_size=6)) + SITE[end:])


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_a_template_for_any_name_is_a_site_of_that_name(name: str) -> None:
    site = outcome(site_template(name))
    if all(letter.isprintable() for letter in name):
        assert getattr(site, "name", None) == name.strip()


@given(
    st.sampled_from(["password", "apiToken", "secret_key", "credentials", "Passphrase"]), st.sampled_from(NAMES[:-2])
)
def test_a_secret_is_never_shown_wherever_it_stands(key: str, above: str) -> None:
    tree = {"name": "s", "profiles": "a.json", above: {key: "hunter2", "deep": [{key: "hunter2"}]}}
    if above == "declared_sizes":
        return
    message = outcome(json.dumps(tree))
    assert isinstance(message, str)
    assert "holds no secrets" in message
    assert "hunter2" not in message
