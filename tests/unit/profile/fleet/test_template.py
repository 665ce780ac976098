from __future__ import annotations

from regplan.model.site import Site
from regplan.profile.composer import Map
from regplan.profile.fleet.columns import read_columns
from regplan.profile.fleet.rows import Rows
from regplan.profile.fleet.template import fleet_template
from regplan.profile.site_keys import KEYS


def test_the_template_is_a_table_of_one_site() -> None:
    made = fleet_template()
    columns, ignored = read_columns(made.headings, {}, "t.xlsx")
    site = Rows(columns, Map(), "t.xlsx").site(made.example, 2)

    assert ignored == ()
    assert len(columns) == len(made.headings) == len(made.example)
    assert isinstance(site, Site)
    assert [host.name for host in site.hosts] == ["node-1", "node-2", "node-3", "worker-1", "worker-2"]
    assert site.registry is not None
    assert site.internet_link is not None


def test_words_are_allowed_where_a_key_takes_one_of_a_few() -> None:
    made = fleet_template()
    allowed = {made.headings[place]: words for place, words in made.allowed}

    assert allowed["internet"] == ("full", "thin", "none")
    assert allowed["registry.kind"] == ("zot", "harbor", "other")
    assert "registry.storage" not in allowed
    assert "registry.retention" not in allowed


def test_every_key_of_the_site_file_is_explained_with_an_example_that_can_be_read() -> None:
    made = fleet_template()
    columns = [row[0] for row in made.explained]
    names = {"variables": "var.NAME", "system": "system.NAME", "mirrors": "mirrors.HOST"}

    assert set(columns) >= {names.get(key.path, key.path) for key in KEYS}
    assert len(columns) == len(set(columns)) == len(KEYS) + 1
    told = [
        (row[0].replace("mirrors.HOST", "mirrors.docker.io"), row[4]) for row in made.explained if "," not in row[0]
    ]
    read, _ = read_columns([column for column, _ in told], {}, "t.xlsx")
    site = Rows(read, Map(), "t.xlsx").site([example for _, example in told], 2)
    assert isinstance(site, Site), site
