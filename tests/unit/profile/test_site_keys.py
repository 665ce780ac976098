from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from regplan.model.clock import Pulling
from regplan.model.site import Assumptions, Host, Link, RegistrySpec, Scenario, Site
from regplan.profile.site_keys import KEYS, SECTIONS, keys_of, subsections
from regplan.profile.tree import parse_documents

if TYPE_CHECKING:
    from regplan.profile.site_key import Key

# Keys that change nothing where they are left out.
PLAIN = {
    "content.packs_size",
    "content.palette_images_size",
    "content.uploader",
    "hosts.count",
    "links.internet.connection_rate",
    "links.internet.measured",
    "links.lan.connection_rate",
    "links.lan.measured",
    "registry.certificate_expires",
    "scenario.internet_rates",
    "scenario.price_per_GB",
    "scenario.price_per_visit",
    "scenario.window",
    "scenario.window_rate",
    "system",
}
MODELS = {
    "": Site(""),
    "versions": Site(""),
    "content": Site(""),
    "registry": RegistrySpec(),
    "hosts": Host(""),
    "links.internet": Link(1),
    "links.lan": Link(1),
    "assumptions": Assumptions(),
    "scenario": Scenario(),
    "pulls": Pulling(),
}


def test_a_key_stands_once_and_in_a_section() -> None:
    paths = [key.path for key in KEYS]
    assert len(paths) == len(set(paths))
    assert {key.section for key in KEYS} <= {section.path for section in SECTIONS}


@pytest.mark.parametrize("key", [key for key in KEYS if key.default], ids=lambda key: key.path)
def test_a_default_is_what_the_model_takes(key: Key) -> None:
    assert key.kind.read(parse_documents(key.default)[0]) == getattr(MODELS[key.section], key.field)


@pytest.mark.parametrize("key", [key for key in KEYS if key.example], ids=lambda key: key.path)
def test_an_example_is_a_value_that_the_key_takes(key: Key) -> None:
    key.kind.read(parse_documents(key.example)[0])


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_a_key_says_what_it_means_and_what_leaving_it_out_means(key: Key) -> None:
    assert key.meaning
    assert key.is_required or key.default or key.otherwise or key.path in PLAIN
    assert key.example or key.default


@pytest.mark.parametrize(
    ("section", "model"),
    [("registry", RegistrySpec), ("assumptions", Assumptions), ("scenario", Scenario), ("pulls", Pulling)],
)
def test_every_field_of_the_model_has_its_key(section: str, model: type) -> None:
    assert {key.field for key in keys_of(section)} == {each.name for each in fields(model)}


def test_sections_stand_in_each_other_as_their_paths_say() -> None:
    assert [each.path for each in subsections("links")] == ["links.internet", "links.lan"]
    assert subsections("registry") == ()
