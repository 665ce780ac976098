"""A plan document from elsewhere is shown as the one it was, and a hostile one does no harm."""

from __future__ import annotations

import json
import random
import re
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError
from regplan.model.disks import DiskNeed, HostRoom
from regplan.model.finding import Finding, Verdict
from regplan.model.image import Unresolved
from regplan.model.layers import ReferrerReport, ReferrerSize, Unpacking
from regplan.model.limits import RateLimit
from regplan.model.media import Drive, MediaPlan
from regplan.model.pasted import PasteValue
from regplan.model.sharing import Alignment, Analysis, Dominance, Family, GroupSize, ProjectSize
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.report.contents import contents
from regplan.report.document import json_text, plan_document
from regplan.report.markdown import write_markdown
from regplan.report.received import read_plan
from regplan.report.schema import plan_schema
from regplan.report.sections import charts_of
from regplan.report.words import with_escapes
from unit.report.samples import make_outlook, make_study

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.plan import Study


def document_of(study: Study) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json_text(plan_document(study)))
    return document


def received(document: object) -> Any:
    return read_plan(json.dumps(document).encode(), "docker://r.example/plans/a:1")


def without_wire(study: Study) -> Study:
    return replace(study, plan=replace(study.plan, wire=None, upgrade=None), simulation=None)


def on_windows(study: Study) -> Study:
    images = tuple(replace(each, platform=Platform("windows", "amd64")) for each in study.plan.layers.images)
    return replace(study, plan=replace(study.plan, layers=replace(study.plan.layers, images=images)))


def without_registry(study: Study) -> Study:
    return replace(study, plan=replace(study.plan, site=replace(study.plan.site, registry=None, file="", defaulted=())))


def seen_before(study: Study) -> Study:
    times = ("2026-08-01T00:00:00Z", "2026-08-02T00:00:00Z", "2026-08-03T00:00:00Z")
    return replace(study, plan=replace(study.plan, layers=replace(study.plan.layers, last_seen=times)))


def with_nothing_said_of_the_unresolved(study: Study) -> Study:
    return replace(study, plan=replace(study.plan, storage=replace(study.plan.storage, unresolved=None)))


def with_a_need_as_older_plans_tell_it(study: Study) -> Study:
    need = replace(study.plan.storage, versions=None, holds_bytes=None)
    return replace(study, plan=replace(study.plan, storage=need))


def with_referrers(study: Study) -> Study:
    digest = Digest("sha256", "cd" * 32)
    each = ReferrerSize(
        "docker.io/library/nginx:1.27", digest, digest, "application/vnd.example.sbom", 12, subject_kept=False
    )
    report = ReferrerReport(1, 12, (each,), (Unresolved("redis:7", "nobody tells", ("x",)),))
    return replace(study, plan=replace(study.plan, layers=replace(study.plan.layers, referrers=report)))


def with_limits(study: Study) -> Study:
    limits = (RateLimit("docker.io", 100, 87, 21600, "192.0.2.1"), RateLimit("r.example", None, 5, None))
    return replace(study, inventory=replace(study.inventory, rate_limits=limits))


def unpacked(study: Study) -> Study:
    layers = study.plan.layers
    images = tuple(
        replace(each, unpacked_bytes=5 * each.size_bytes, unpacked_provenance="mixed") for each in layers.images
    )
    unpacking = Unpacking(10**9, "mixed", 20, 13, 11, 1, 2.44, (("is no gzip", 2),))
    disk: dict[str, Any] = {"content_bytes": 3, "unpacked_bytes": 7, "content_high_bytes": 4, "unpacked_high_bytes": 8}
    hosts = tuple(replace(each, unpacked_provenance="mixed", **disk) for each in study.plan.hosts)
    plan = replace(
        study.plan, layers=replace(layers, images=images, unpacking=unpacking, uncompressed_bytes=77), hosts=hosts
    )
    return replace(study, plan=plan)


def analysed(study: Study) -> Study:
    images = tuple(row.reference for row in study.plan.layers.images)
    platform = Platform("linux", "arm64", "v8")
    family = Family("f00d", "ba5e", platform, (Digest("sha256", "a" * 64),), 3, 9, images)
    analysis = Analysis(
        packs=(GroupSize("retail", "web", "addon", "1.0", 4, 3, 1, 90, 70, 40, 30, 1),),
        profiles=(GroupSize("retail", "", "", "", 4, 3, 1, 90, 70, 70, 0, 0),),
        families=(family,),
        alignments=(Alignment("repository", "r.io/a:#", platform, ("f00d", "ba5e"), "f00d", 3),),
        dominating=(Dominance(50, "fair_share", images[:2], 50), Dominance(80, "freed", images[:3], 80)),
    )
    projects = (ProjectSize("apps", 90, 4, 3), ProjectSize("infra", 60, 2, 2))
    layers = replace(study.plan.layers, projects=projects, quota_bytes=150, index_bytes=7)
    return replace(study, plan=replace(study.plan, layers=layers, analysis=analysis))


def with_prospects(study: Study) -> Study:
    plain = make_outlook()
    disks = DiskNeed("longhorn", 3, "assumed", 0.3, 300, 429, 1286, None, (HostRoom("node-1", None, None, 429),))
    media = (MediaPlan(100, 99, 150, 2, (Drive(90, ("sha256:aa",)), Drive(60, ("corp.example/erp:9",))), ("x",), 1),)
    values = (PasteValue("pvc", "the site file", "yaml", 'registry:\n  storage: "280Gi"\n', "the need"),)
    return replace(study, plan=replace(study.plan, disks=disks, outlook=plain, media=media, values=values))


CHANGES = (
    with_prospects,
    with_referrers,
    analysed,
    unpacked,
    with_limits,
    without_wire,
    on_windows,
    without_registry,
    seen_before,
    with_nothing_said_of_the_unresolved,
    with_a_need_as_older_plans_tell_it,
)


@pytest.mark.parametrize("change", [lambda study: study, *CHANGES])
def test_a_study_read_back_says_what_the_study_said(change: Callable[[Study], Study]) -> None:
    study = change(make_study())

    back = received(document_of(study)).study

    assert document_of(back) == document_of(study)
    made, read = contents(study), contents(back)
    assert (read.title, read.about, read.headline, read.verdict) == (
        made.title,
        made.about,
        made.headline,
        made.verdict,
    )
    assert [section.key for section in read.sections] == [section.key for section in made.sections]
    for one, other in zip(read.sections, made.sections, strict=True):
        assert one == other, one.key
    assert {"icicle", "sharing", "upset"} <= {block.key for block in charts_of(read)}


def test_an_older_plan_without_what_charts_of_sharing_need_is_shown_without_them() -> None:
    document = document_of(make_study())
    del document["sharing"]

    keys = {block.key for block in charts_of(contents(received(document).study))}

    assert not keys & {"icicle", "sharing", "upset"}
    assert "pareto" in keys


def _nested(deep: int) -> dict[str, Any]:
    document = document_of(make_study())
    place = document["sharing"]["parts"][0]["parts"][0]["parts"][0]["parts"][0]
    for _ in range(deep):
        place["parts"] = [{"odd": "below"}]
        place = place["parts"][0]
    return document


def test_what_stands_below_layers_is_not_followed_and_what_has_no_end_is_refused() -> None:
    (profile,) = received(_nested(20)).study.shares.parts

    assert all(not blob.parts for pack in profile.parts for image in pack.parts for blob in image.parts)
    with pytest.raises(InputError, match="is nested deeper than any plan"):
        received(_nested(400))


def test_the_text_is_kept_and_so_is_what_made_it() -> None:
    document = {**document_of(make_study()), "tool": {"name": "regplan", "version": "9.8.7"}, "new": {"later": 1}}
    raw = json.dumps(document, indent=3).encode()

    plan = read_plan(raw, "x")

    assert plan.text.encode() == raw
    assert plan.tool == "regplan 9.8.7"
    assert contents(plan.study, plan.tool).made_by.startswith("regplan 9.8.7, ")


def test_what_only_the_contract_demands_is_enough() -> None:
    schema: Any = plan_schema()
    document = {key: value for key, value in document_of(make_study()).items() if key in schema["required"]}
    document["site"] = {"name": "store"}
    for part, kind in (("storage", "storage"), ("wire", "wire")):
        document[part] = {key: document[part][key] for key in schema["$defs"][kind]["required"]}
    document["images"] = {key: document["images"][key] for key in schema["properties"]["images"]["required"]}
    document["hosts"] = [{key: host[key] for key in schema["$defs"]["host"]["required"]} for host in document["hosts"]]

    study = received(document).study

    assert study.plan.wire.saved_low_bytes == study.plan.wire.saved_bytes
    assert contents(study).title == "Primary registry plan: store"


def test_a_newer_plan_says_that_a_newer_regplan_is_needed() -> None:
    document = {"kind": "plan", "schema_version": 2, "tool": {"version": "7.0.0"}, "all": "else"}

    with pytest.raises(
        InputError, match=r"schema version 2, made by regplan '7.0.0', and this regplan reads 1: install"
    ):
        received(document)


BROKEN: dict[str, tuple[bytes, str]] = {
    "no-json": (b"<html>", "is not JSON"),
    "no-text": (b"\xff\xfe\x00", "is not JSON"),
    "deep": (b"[" * 200_000, "is not JSON"),
    "a-list": (b"[]", "is no plan document"),
    "no-kind": (b"{}", "says of no kind"),
    "another-kind": (b'{"kind": "seed"}', "its kind is 'seed'"),
    "kind-with-controls": (b'{"kind": "\\u001b[2J"}', r"its kind is ' ?\[2J'"),
    "not-a-number": (b'{"kind": "plan", "x": NaN}', "holds the number 'NaN', and no plan does"),
    "beyond-numbers": (b'{"kind": "plan", "x": -1e999}', "holds the number '-1e999'"),
    "beyond-sizes": (b'{"kind": "plan", "x": 9223372036854775808}', "holds the number '9223372036854775808'"),
    "long-number": (b'{"kind": "plan", "x": ' + b"9" * 10_000 + b"}", "holds the number '9999"),
    "too-many-values": (b'{"kind": "plan", "x": [' + b"{}," * 700_000 + b"{}]}", "more than 1,000,000 values"),
    "nothing-else": (b'{"kind": "plan", "schema_version": 1}', "breaks the schema"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_plan_is_refused_in_one_sentence(case: str) -> None:
    raw, message = BROKEN[case]

    with pytest.raises(InputError, match=message) as caught:
        read_plan(raw, "docker://r.example/plans/a:1")

    assert str(caught.value).startswith("docker://r.example/plans/a:1: ")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        *folders, last = path.split(".")
        place: Any = document
        for each in folders:
            place = place[int(each)] if isinstance(place, list) else place[each]
        place[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("verdict", "MAYBE"),
        ("verdict", ["PASS"]),
        ("findings", {}),
        ("findings.0.verdict", 5),
        ("findings.0.rule", "\x1b[31m"),
        ("findings.0.measured", {"a": 1}),
        ("storage.unique_bytes", -1),
        ("storage.unique_bytes", 1.5),
        ("storage.terms", None),
        ("storage.blobs", True),
        ("layers.0.digest", "latest"),
        ("hosts.0.memory_bytes", "8GB"),
        ("wire.direct_boot_s", -1),
        ("wire.host_bytes", ["a"]),
        ("simulation", 5),
        ("site", "store"),
        ("site.cluster_profiles", [{}]),
        ("sharing.pairs.0.packs", [0]),
        ("sharing.sets.0.packs", []),
        ("sharing.parts.0.parts.0.parts.0.parts.0.fair_bytes", -1),
        ("site.registry", {"replicas": 1}),
        ("inputs_digest", "md5:0"),
        ("tool.name", "other"),
        ("assumptions.0.value", None),
        ("images.unresolved.0.provenance", "a"),
    ],
)
def test_a_value_of_another_kind_is_told_by_its_place(path: str, value: object) -> None:
    document = document_of(make_study())
    _set(path, value)(document)

    with pytest.raises(InputError, match=re.escape(f"at '{path}")) as caught:
        received(document)

    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("images.declared_sizes", [{"reference": "A B", "bytes": 1}], "is not an image reference"),
        ("assumptions.0.value", "many", "is a text"),
        ("images.last_seen.tags", 10**9, "no plan has so many"),
        ("sharing.sets.0.packs", [0, 7], "sharing names the pack 7, and it has 2"),
        ("sharing.pairs.0.packs", [7, 0], "sharing names the pack 7, and it has 2"),
        ("verdict", "PASS", "its verdict is PASS, and its findings come to INCOMPLETE"),
        ("storage.required_bytes", 5, "storage.required_bytes is 5, and its parts come to"),
        ("wire.saved_bytes", 5, "wire.saved_bytes is 5, and its parts come to"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(path: str, value: object, message: str) -> None:
    document = document_of(make_study())
    _set(path, value)(document)

    with pytest.raises(InputError, match=message):
        received(document)


def test_no_text_of_a_plan_can_act_on_a_terminal() -> None:
    document = deepcopy(document_of(make_study()))
    evil = "a\x1b]0;owned\x07\x9b2J\u202egpj.exe\r\nb\ud800"
    for finding in document["findings"]:
        finding.update({"message": evil, "fix": evil, "where": evil, "source": evil})
    document["site"]["name"] = evil
    document["wire"]["host_bytes"] = {evil: 1}

    plan = read_plan(json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace"), "x")

    shown = json.dumps(plan.document, ensure_ascii=False) + plan.text
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]", shown) == []
    assert json.loads(plan.text) == document
    assert plan.study.plan.site.name == "a ]0;owned 2J\ufffdgpj.exe b"
    assert isinstance(plan.study.plan.findings[0], Finding)
    assert plan.study.plan.verdict is Verdict.INCOMPLETE


def test_escapes_leave_an_indented_text_as_it_is() -> None:
    text = json_text(plan_document(make_study()))

    assert with_escapes(text) == text


@pytest.mark.property
@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 20))])
def test_a_plan_that_was_meddled_with_is_refused_or_shown_and_nothing_else(seed: int) -> None:
    """Each seed changes a few places of a plan to values that readers stumble over, 25 times."""
    chance, whole = random.Random(seed), document_of(make_study())
    for _ in range(25):
        document = deepcopy(whole)
        for _ in range(chance.choice([1, 1, 2, 3])):
            _meddle(document, chance)
        try:
            plan = received(document)
        except InputError:
            continue
        page = write_markdown(contents(plan.study, plan.tool))
        assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", page) is None


_ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2**63 - 1, 2**63, 10**400, 1.5, 1e308, 1e-320, "", "\x1b[2J", "\u202e", "9" * 5000, [], {},
    "PASS", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00+23:59",
)  # fmt: skip


def _meddle(document: dict[str, Any], chance: random.Random) -> None:
    """Go down by chance, and put something odd there."""
    place: Any = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = chance.choice(keys)
        if not isinstance(place[key], (dict, list)) or chance.random() < 0.2:
            place[key] = deepcopy(chance.choice(_ODD))
            return
        place = place[key]
