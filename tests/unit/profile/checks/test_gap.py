from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from unit.profile.texts import deployment, export, listing, pack, read_one

if TYPE_CHECKING:
    from regplan.model.finding import Finding
    from regplan.model.profile import Declarations


def told(declarations: Declarations, rule: str) -> list[Finding]:
    return [each for each in declarations.findings if each.rule == rule]


def values(*listed: str, **chart: Any) -> Declarations:
    return read_one(f"{listing(*listed)}charts: {json.dumps({'web': chart})}\n", "values.yaml")


def image(repository: str, tag: str = "1") -> dict[str, str]:
    return {"repository": repository, "tag": tag}


def test_a_missing_image_is_told_with_what_the_list_has_instead() -> None:
    manifests = [{"name": "m", "content": deployment("a/b:v2")}]
    (finding,) = told(read_one(export(pack("web", listing("a/b:v1"), manifests=manifests))), "image.missing-from-list")
    assert (
        "runs docker.io/a/b:v2, which no `pack.content.images` has (the list has docker.io/a/b:v1 instead)"
        in finding.message
    )
    assert finding.verdict == "INFO"


def test_a_missing_image_without_a_tag_asks_for_it() -> None:
    (finding,) = told(values("r.io/x/x:1", image=image("q.io/x/x", "")), "image.missing-from-list")
    assert "uses q.io/x/x, whose tag is not known here" in finding.message
    assert finding.fix == "Add q.io/x/x with its tag to the pack's `pack.content.images`."


def test_nothing_is_missing_where_all_that_runs_is_listed() -> None:
    assert told(values("r.io/x/x:1", image=image("r.io/x/x")), "image.missing-from-list") == []


def test_a_host_that_nothing_pulls_from_is_told_once_for_each_pack() -> None:
    declarations = values("r.io/x/a:1", "r.io/x/b:1", a={"image": image("q.io/x/a")}, b={"image": image("q.io/x/b")})
    (finding,) = told(declarations, "image.host-mismatch")
    assert "lists 2 images under a host that nothing pulls from" in finding.message
    assert "r.io/x/a:1 (the pack uses q.io/x/a instead)" in finding.message


def test_a_host_that_is_pulled_from_is_no_mismatch() -> None:
    assert told(values("r.io/x/a:1", image=image("r.io/x/a")), "image.host-mismatch") == []


def test_dead_weight_is_told_once_for_each_pack_with_every_reason_and_a_caution() -> None:
    declarations = values(
        "a/agent:1-windows",
        "q.io/x/drbd9-jammy:1",
        "q.io/x/drbd9-noble:1",
        "r.io/x/proxy:1",
        proxy={"enabled": False, "image": image("r.io/x/proxy")},
    )
    (finding,) = told(declarations, "image.unused")
    assert "lists 4 images that nothing which can be seen here uses" in finding.message
    assert "for Windows, and Edge hosts run Linux: docker.io/a/agent:1-windows" in finding.message
    assert "variants of one kernel module" in finding.message
    assert "r.io/x/proxy:1 (only used with charts.web.proxy.enabled: true)" in finding.message
    assert "An operator may start images that no file names" in finding.message
    assert finding.verdict == "INFO"


def test_what_is_used_is_no_dead_weight() -> None:
    assert told(values("r.io/x/a:1", image=image("r.io/x/a")), "image.unused") == []


def test_dead_weight_is_still_counted() -> None:
    declarations = values("a/agent:1-windows")
    assert [str(each) for each in declarations.references()] == ["docker.io/a/agent:1-windows"]
