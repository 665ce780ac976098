from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from independent.material import normalise, read_packs
from regplan.errors import InvalidProfile
from regplan.model.profile import Declarations, Provenance
from regplan.profile.mention import image_use
from regplan.profile.read import NamedText, Setting, add_uses, read, unreadable
from unit.profile.texts import deployment, export, findings, listing, pack, read_one

if TYPE_CHECKING:
    from regplan.profile.kinds import Sorted

PROFILES = Path(__file__).parents[3] / "data" / "demo" / "profiles"
INFRA = PROFILES / "retail-infra-1.0.0.json"
SPREADS = {"every": "every-host", "static": "control-plane", "replicas": "replicas"}


def named(path: Path) -> NamedText:
    return NamedText(str(path), path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_the_demo_profiles_name_what_an_independent_reader_finds(version: str) -> None:
    paths = [INFRA, PROFILES / f"retail-apps-{version}.yaml"]
    expected = read_packs(paths)
    declarations = read([named(path) for path in paths])
    listed = {str(use.reference) for use in declarations.uses}
    assert listed == {reference for each in expected for reference in each.references}
    assert [(work.kind, work.name, work.spread.value) for work in declarations.workloads] == [
        (work.kind, work.name, SPREADS[work.spread]) for each in expected for work in each.workloads
    ]
    assert [work.replicas or 1 for work in declarations.workloads] == [
        work.replicas for each in expected for work in each.workloads
    ]
    assert [tuple(map(str, work.images)) for work in declarations.workloads] == [
        tuple(dict.fromkeys(work.references)) for each in expected for work in each.workloads
    ]
    assert {use.status.value for use in declarations.uses} == {"listed"}
    # Zot and Registry Connect are charts that the profile only names, and the Kubernetes layer lists images.
    expected_rules = {"image.mutable-tag", "profile.chart-not-read", "profile.k8s-layer-images"}
    assert {rule for rule, _ in findings(declarations)} == expected_rules


def test_the_demo_profiles_tell_their_registry() -> None:
    settings = read([named(INFRA)]).settings
    assert (settings.kind, settings.storage_bytes) == ("zot", 320 * 2**30)
    assert (settings.project, settings.sync, settings.has_connect) == ("spectro-images", True, True)


def test_nothing_read_is_nothing_declared() -> None:
    assert read([]) == Declarations()


def test_a_reference_that_is_named_twice_is_mentioned_twice() -> None:
    text = export(pack("a", listing("nginx:1", "docker.io/library/nginx:1")), pack("b", listing("nginx:1")))
    (mentions,) = read_one(text).references().values()
    assert len(mentions) == 3


def test_a_macro_reaches_packs_and_the_kubernetes_version_of_other_profiles() -> None:
    infra = export(
        pack("edge-native-byoi", "options: {system.uri: quay.io/os/u:1}", layer="os"),
        pack("edge-k8s", layer="k8s", version="v1.30.5", tag="1.30.x"),
        name="infra",
    )
    apps = export(
        pack(
            "web",
            listing(
                '"{{.spectro.pack.edge-native-byoi.options.system.uri}}"',
                '"k:{{.spectro.system.kubernetes.version | substr 0 4}}"',
            ),
        )
    )
    declarations = read([NamedText("apps.json", apps), NamedText("infra.json", infra)])
    assert [str(use.reference) for use in declarations.uses] == ["quay.io/os/u:1", "docker.io/library/k:1.30"]


def test_a_profiles_own_variables_win_over_another_profiles() -> None:
    texts = [
        NamedText(
            name,
            export(
                pack("web", listing('"a:{{.spectro.var.Tag}}"')),
                name=name,
                variables=[{"name": "Tag", "defaultValue": name}],
            ),
        )
        for name in ("one", "two")
    ]
    values = NamedText("values.yaml", listing('"b:{{.spectro.var.Tag}}"'))
    assert [str(use.reference).rpartition(":")[2] for use in read([*texts, values]).uses] == ["one", "two", "one"]


def test_an_image_whose_macro_stays_unknown_is_kept_and_said() -> None:
    declarations = read_one(export(pack("web", listing("a:1", '"b:{{.spectro.system.cluster.name}}"'))))
    assert [use.text for use in declarations.uses] == ["a:1", "b:{{.spectro.system.cluster.name}}"]
    (finding,) = declarations.findings
    assert (finding.rule, finding.verdict.value) == ("profile.unresolved-macro", "INCOMPLETE")
    assert finding.where == "shop.json:1 > shop > addon/web 1.0.0 > pack.content.images[1].image"
    assert list(declarations.references()) == [declarations.uses[0].reference]


def test_a_text_that_is_no_reference_is_kept_without_a_finding_of_its_own() -> None:
    declarations = read_one(export(pack("web", listing("us-docker.pkg.dev/a/b:v<versionNumber>"))))
    assert [use.reference for use in declarations.uses] == [None]
    assert findings(declarations) == []


def test_a_tag_that_moves_is_said_once_wherever_it_is_named() -> None:
    digest = "sha256:" + "a" * 64
    text = listing("a", "docker.io/library/a:latest", "b:stable", "c:1", f"d:latest@{digest}", f"e@{digest}")
    declarations = read_one(text, "values.yaml")
    assert [(finding.rule, finding.where) for finding in declarations.findings] == [
        ("image.mutable-tag", "values.yaml:4 > pack.content.images[0].image"),
        ("image.mutable-tag", "values.yaml:6 > pack.content.images[2].image"),
    ]


def test_every_finding_has_a_fix_and_a_source() -> None:
    hidden = [{"kind": "manifest", "name": "m"}]
    spec = {"draft": {"packs": [pack("x", manifests=hidden)]}}
    draft = NamedText("draft.json", json.dumps({"metadata": {"name": "draft"}, "spec": spec}))
    bad = export(
        pack("a", "pack: {content: {images: [{iamge: x:1}, y, 'z:{{.spectro.var.N}}']}}"),
        pack("b", manifests=[{"name": "m", "content": deployment("w:1", replicas="{{.spectro.var.N}}")}]),
        pack("c"),
    )
    found = read([NamedText("bad.json", bad), draft]).findings
    assert {finding.rule for finding in found} == {
        "profile.misspelt-key",
        "profile.no-image-list",
        "profile.unresolved-macro",
        "profile.unpublished-draft",
        "profile.attached-manifest",
        "profile.chart-not-read",
        "image.missing-from-list",
        "image.mutable-tag",
    }
    assert all(finding.fix.endswith(".") and finding.source and finding.where for finding in found)
    assert all(finding.message.endswith(".") for finding in found)


def test_the_independent_normaliser_agrees_on_every_public_form() -> None:
    for text in ("nginx", "a/b", "localhost:5000/a", "quay.io/a/b:1", "container://gcr.io/a@sha256:" + "0" * 64):
        assert [str(use.reference) for use in read_one(listing(text), "v.yaml").uses] == [normalise(text)]


def test_mentions_outside_of_any_text_are_linted_as_those_of_profiles_are() -> None:
    where = Provenance("site.yaml", key="images")
    known = read_one("redis\nnginx:1.27\n", "list.txt")
    added = [image_use(text, where) for text in ("redis", "nginx", "nginx", "nginx:1.27")]

    found = add_uses(known, added)

    assert found.uses == (*known.uses, *added)
    assert [(each.rule, each.where) for each in found.findings] == [
        ("image.mutable-tag", "list.txt:1"),
        ("image.mutable-tag", "site.yaml > images"),
    ]


def test_each_needed_text_that_is_no_reference_is_told_with_its_place_and_reason() -> None:
    declarations = read_one("a:1\nb:1\nUPPER/Case:1\nc d\n{{.spectro.var.Host}}/e:1\nf:1\n", "list.txt")

    found = unreadable(declarations)

    assert [(each.rule, each.verdict.value, each.where) for each in found] == [
        ("image.unresolved", "INCOMPLETE", "list.txt:3"),
        ("image.unresolved", "INCOMPLETE", "list.txt:4"),
    ]
    assert all(use.problem in each.message for use, each in zip(declarations.uses[2:4], found, strict=True))
    assert "UPPER/Case:1" in found[0].message


def test_texts_that_are_known_are_read_the_same_and_one_handed_over_twice_is_two() -> None:
    profile = NamedText("a.json", export(pack("app", listing("nginx:1.27", "redis:7"))))
    other = NamedText("b.yaml", listing("alpine:3.20"))
    known: dict[NamedText, Sorted] = {}

    first = read([profile], Setting(known=known))
    second = read([other, profile, profile], Setting(known=known))

    assert (first, second) == (read([profile]), read([other, profile, profile]))
    assert set(known) == {profile, other}


def test_a_text_that_cannot_be_understood_is_told_each_time() -> None:
    known: dict[NamedText, Sorted] = {}

    for _ in range(2):
        with pytest.raises(InvalidProfile, match=r"a\.json: this is a web page"):
            read([NamedText("a.json", "<html>")], Setting(known=known))
    assert known == {}
