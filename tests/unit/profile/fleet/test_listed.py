from __future__ import annotations

import pytest

from regplan.errors import InvalidSite
from regplan.model.site import Site
from regplan.profile.composer import Map
from regplan.profile.fleet.listed import listed_sites, read_defaults

LIST = """\
- name: a
  profiles: p.json
- name: b
  profiles: p.json
  registry: {storage: 300}
- just a text
- {name: c, images: [nginx:1], hosts: [{name: h, cpu: 0}]}
"""
WITH_DEFAULTS = """\
defaults:
  profiles: p.json
  internet: thin
  registry: {storage: 300GB, kind: harbor}
sites:
- {name: a}
- {name: b, internet: none, registry: {storage: 1TB}}
"""


def test_a_list_has_a_site_or_its_problems_for_each_item_with_its_line() -> None:
    found = list(listed_sites(LIST, "s.yaml", Map()))

    assert [(line, isinstance(site, Site)) for line, site in found] == [(1, True), (3, False), (6, False), (7, False)]
    told = [site for _, site in found if isinstance(site, tuple)]
    assert [[(each.line, each.column, each.site) for each in problems] for problems in told] == [
        [(5, "registry.storage", "b")],
        [(6, "", "")],
        [(7, "hosts[0].cpu", "c")],
    ]
    assert told[1][0].problem.startswith("a site is a mapping, and here is")


def test_defaults_come_first_from_the_command_line_then_from_the_file_then_from_the_site() -> None:
    outer = read_defaults("{internet: full, timezone: Europe/Berlin}", "all.yaml")
    (_, first), (_, second) = listed_sites(WITH_DEFAULTS, "s.yaml", outer)
    assert isinstance(first, Site)
    assert isinstance(second, Site)

    assert (first.internet, first.timezone, first.inputs.profiles) == ("thin", "Europe/Berlin", ("p.json",))
    assert first.registry is not None
    assert second.registry is not None
    assert (second.internet, second.registry.kind) == ("none", "harbor")
    assert (first.registry.storage_bytes, second.registry.storage_bytes) == (300 * 10**9, 10**12)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "s.yaml: it is empty"),
        ("a: 1\n---\nb: 1\n", "it holds several documents"),
        ("{name: a, profiles: p.json}", "line 1: name: unknown key; a fleet is a list of sites"),
        ("{defaultz: {}, sites: []}", "line 1: defaultz: unknown key; did you mean defaults?"),
        ("{sites: {a: b}}", "a fleet is a list of sites, or has `defaults` and `sites`; here is"),
        ("just text", "a fleet is a list of sites"),
        ("{defaults: [a], sites: []}", "defaults is"),
        ("[a", "s.yaml: "),
    ],
)
def test_what_is_no_fleet_is_one_clear_error(text: str, told: str) -> None:
    with pytest.raises(InvalidSite) as error:
        list(listed_sites(text, "s.yaml", Map()))

    assert told in str(error.value)
