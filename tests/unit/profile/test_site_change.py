"""A site file in which values are changed, and all else stays."""

from __future__ import annotations

import json

import pytest

from regplan.errors import InvalidSite
from regplan.profile.site import parse_site
from regplan.profile.site_change import change_site
from regplan.profile.site_template import site_template

RATE = {"links.internet.rate": "19.31Mbit/s"}

BLOCK = """\
# our shop
name: store-7   # by the harbour
images: [nginx:1.27]

links:          # asked the provider
  internet:
    rate: 20Mbit/s    # contract of 2024
    latency: 60ms

hosts:
  - {name: node-1}  # the only one
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BLOCK, BLOCK.replace("20Mbit/s", "19.31Mbit/s")),
        ("links: {internet: {rate: 1Gbit/s, latency: 1ms}}\nname: a\n", "links: {internet: {rate: 19.31Mbit/s, latency: 1ms}}\nname: a\n"),
        ("name: a  # shop\n", "name: a  # shop\nlinks:\n  internet:\n    rate: 19.31Mbit/s\n"),
        ("name: a", "name: a\nlinks:\n  internet:\n    rate: 19.31Mbit/s"),
        ("links:\n  # nothing yet\nname: a\n", "links:\n  internet:\n    rate: 19.31Mbit/s\n  # nothing yet\nname: a\n"),
        ("links: {}\n", "links: {internet: {rate: 19.31Mbit/s}}\n"),
        ("links: {lan: {rate: 1Gbit/s} }\n", "links: {lan: {rate: 1Gbit/s}, internet: {rate: 19.31Mbit/s} }\n"),
        ("links:\n  lan:\n    rate: 1Gbit/s  # switch\n\n# hosts\nhosts: []\n", "links:\n  lan:\n    rate: 1Gbit/s  # switch\n  internet:\n    rate: 19.31Mbit/s\n\n# hosts\nhosts: []\n"),
        ("links:\n  internet:\n    rate:\nname: a\n", "links:\n  internet:\n    rate: 19.31Mbit/s\nname: a\n"),
        ("links:\r\n  internet:\r\n    latency: 1ms\r\nname: a\r\n", "links:\r\n  internet:\r\n    latency: 1ms\n    rate: 19.31Mbit/s\r\nname: a\r\n"),
    ],
)  # fmt: skip
def test_a_value_is_changed_or_added_where_it_belongs_and_every_other_character_stays(before: str, after: str) -> None:
    assert change_site(before, RATE) == after


@pytest.mark.parametrize(
    "before", ['{"name": "a", "images": ["nginx"]}', '{"links": {"lan": {"rate": "1Gbit/s"}},\n "name": "a", "images": ["b"]}']
)  # fmt: skip
def test_json_stays_json(before: str) -> None:
    changed = json.loads(change_site(before, RATE))

    assert changed.pop("links")["internet"] == {"rate": "19.31Mbit/s"}
    assert changed == {key: value for key, value in json.loads(before).items() if key != "links"}


def test_a_template_takes_what_was_measured_and_loses_no_line() -> None:
    before = site_template("store-7").replace("profiles: [profile.json]", "images: [nginx:1]")

    after = change_site(before, {**RATE, "links.lan.rate": "940Mbit/s", "links.lan.latency": "0.31ms"})

    site = parse_site(after, "site.yaml")
    assert site.internet_link is not None
    assert site.lan_link is not None
    assert (site.internet_link.rate_bps, site.lan_link.rate_bps) == (19_310_000, 940_000_000)
    assert site.lan_link.latency_s == pytest.approx(0.000_31)
    kept = [line for line in before.splitlines() if "rate:" not in line and "latency:" not in line]
    assert [line for line in kept if line not in after.splitlines()] == []


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("- a\n", "is a mapping"),
        ("links: 7\n", "line 1: links is a mapping"),
        ("links: {internet: [1]}\n", "line 1: internet is a mapping"),
        ("links: {internet: {rate: {a: b}}}\n", "line 1: rate is a value"),
        ("x: &one {internet: {rate: 1Mbit/s}}\nlinks: *one\n", "line 2: links stands for what is written elsewhere"),
        ("a: [\n", "while parsing"),
    ],
)
def test_what_cannot_be_changed_is_told_with_its_line(before: str, says: str) -> None:
    with pytest.raises(InvalidSite, match=f"site.yaml.*{says}"):
        change_site(before, RATE, "site.yaml")
