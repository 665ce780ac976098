from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from regplan.profile.site_keys import KEYS
from regplan.profile.site_schema import site_schema
from regplan.profile.site_template import site_template

jsonschema: Any = importlib.import_module("jsonschema")
DEMO = Path(__file__).parents[3] / "data" / "demo"


def validator() -> Any:
    jsonschema.Draft202012Validator.check_schema(site_schema())
    return jsonschema.Draft202012Validator(site_schema())


@pytest.mark.parametrize("name", ["site.yaml", "site-single.yaml"])
def test_the_demo_sites_are_valid(name: str) -> None:
    validator().validate(yaml.safe_load((DEMO / name).read_text(encoding="utf-8")))


def test_the_template_is_valid() -> None:
    validator().validate(yaml.safe_load(site_template("store-1")))


@pytest.mark.parametrize(
    "site",
    [
        {"profiles": ["a"]},
        {"name": "s"},
        {"name": "s", "images": [], "zzz": 1},
        {"name": "s", "images": [], "registry": {"storge": "1GB"}},
        {"name": "s", "images": [], "registry": {"storage": 300}},
        {"name": "s", "images": [], "registry": {"storage": "300"}},
        {"name": "s", "images": [], "registry": {"kind": "harbour"}},
        {"name": "s", "images": [], "hosts": [{"cpu": 1}]},
        {"name": "s", "images": [], "links": {"lan": {}}},
    ],
)
def test_what_parse_site_refuses_the_schema_refuses(site: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(site)


def test_every_key_stands_in_the_schema_with_its_meaning() -> None:
    for key in KEYS:
        node: Any = site_schema()
        for part in key.path.split("."):
            node = node.get("items", node)["properties"][part]
        assert node["description"].startswith(key.meaning)
        assert ("default" in node) is bool(key.default)


def test_defaults_have_the_type_that_the_schema_asks_for() -> None:
    properties: Any = site_schema()["properties"]
    assert properties["content"]["properties"]["compliance"]["default"] is False
    assert properties["registry"]["properties"]["replicas"]["default"] == 1
    assert properties["scenario"]["properties"]["years"]["default"] == 1
    assert properties["assumptions"]["properties"]["unpacked_ratio"]["default"] == "2.44"
