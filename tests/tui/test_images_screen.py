from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from regplan.tui.columns_mentions import LINTS, MENTIONS, PACKS
from regplan.tui.mentions import mention_rows, pack_rows
from regplan.tui.table import facts_of
from regplan.tui.why import explain
from tui.driving import Source, press, run_app
from tui.studies import CALICO, HAPROXY, NGINX, declared_study, empty_study

if TYPE_CHECKING:
    from regplan.model.plan import Study

APP, REDIS = "registry.example/app:9", "docker.io/library/redis:7"


def tree(study: Study) -> list[tuple[int, str, int, int, int]]:
    rows = pack_rows(study.declarations, mention_rows(study))
    return [(row.depth, row.name, row.images, row.missing, row.unresolved) for row in rows]


def test_the_tree_has_every_profile_and_pack_in_order_and_then_what_else_names_images() -> None:
    assert tree(declared_study()) == [
        (0, "everything", 5, 1, 1),
        (1, "edge-infra 1.4.2", 1, 0, 0),
        (2, "cni/calico 1.0.0", 1, 0, 0),
        (1, "retail 2.0.0", 3, 1, 1),
        (2, "addon/web 1.0.0", 3, 1, 1),
        (2, "addon/proxy 1.0.0", 1, 0, 0),
        (1, "site.yaml", 1, 0, 0),
    ]


def test_a_branch_holds_the_images_that_are_named_in_it() -> None:
    study = declared_study()
    rows = mention_rows(study)

    held = {
        row.name: [each.reference for each in rows if row.holds(each)] for row in pack_rows(study.declarations, rows)
    }

    assert held["everything"] == [CALICO, NGINX, APP, REDIS, HAPROXY]
    assert held["addon/web 1.0.0"] == [NGINX, APP, REDIS]
    assert held["addon/proxy 1.0.0"] == [NGINX]
    assert held["site.yaml"] == [HAPROXY]


def test_a_row_of_an_image_has_its_status_its_size_and_every_mention_of_it() -> None:
    rows = {row.reference: row for row in mention_rows(declared_study())}

    assert {name: (row.status, row.size_bytes) for name, row in rows.items()} == {
        CALICO: ("listed", 119_007_500),
        NGINX: ("listed", 75_010_000),
        APP: ("missing", None),
        REDIS: ("only-if-enabled", None),
        HAPROXY: ("listed", 12_352_678),
    }
    assert len(rows[NGINX].provenance) == 3
    assert rows[NGINX].named_in == "retail.json:20 (and 2 more)"
    assert rows[REDIS].named_in == "retail.json:50, only with cache.enabled"


def test_a_site_that_names_nothing_has_a_tree_of_nothing() -> None:
    assert tree(empty_study()) == [(0, "everything", 0, 0, 0)]


def test_every_row_of_the_screen_can_be_asked_why_and_exported() -> None:
    study = declared_study()
    rows = mention_rows(study)
    nginx = dict(explain(rows[1], study).lines)
    web = explain(pack_rows(study.declarations, rows)[4], study)
    lint = dict(explain(study.declarations.findings[0], study).lines)

    assert nginx["size"] == "75.0 MB = 71.5 MiB = 75,010,000 B"
    assert explain(rows[3], study).lines[1][1].startswith("not counted")
    assert ("missing", "1 image used by a chart or manifest and on no list") in web.lines
    assert lint["fix"] == "List it."
    assert facts_of(rows[1], MENTIONS)["size_bytes"] == 75_010_000
    assert json.dumps([facts_of(row, PACKS) for row in pack_rows(study.declarations, rows)]).count("missing") == 7
    assert facts_of(study.declarations.findings[0], LINTS)["rule"] == "image.missing-from-list"


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_the_images_follow_the_branch_under_the_cursor() -> None:
    async with run_app(Source(declared_study()), target="site.yaml", size=(120, 40)) as pilot:
        everything = await press(pilot, "i")
        web = await press(pilot, *["down"] * 4)
        why = await press(pilot, "tab", "down", "w")

    assert "docker.io/library/redis:7" in everything
    assert "quay.io/calico/node" in everything
    assert "quay.io/calico/node" not in web
    assert "registry.example/app:9" in web
    assert "Why: registry.example/app:9" in why
    assert "retail.json:44" in why
