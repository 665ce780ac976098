from __future__ import annotations

import pytest

from regplan.model.profile import ResourceNeed
from regplan.profile.join import join
from regplan.profile.kinds import sort_out
from regplan.profile.members import sort_members
from regplan.profile.parts import Members, NamedText, Origin, Problems, RawPack, RawProfile
from regplan.profile.read import read
from unit.profile.folders import about, chart, folder, pack_folder
from unit.profile.texts import deployment, export, findings, listing, pack

CPU = {"resources": [{"type": "cpu", "minLimit": 100}]}


def joined(*handed: Members | NamedText) -> tuple[tuple[RawProfile | RawPack, ...], list[tuple[str, str]]]:
    problems = Problems()
    groups = [
        sort_members(each, problems).parts if isinstance(each, Members) else sort_out(each, problems) for each in handed
    ]
    found = join(groups, problems)
    assert problems.found == []
    return found.parts, [(each.rule, each.verdict.value) for each in found.findings]


def profile(*packs: object) -> NamedText:
    return NamedText("shop.json", export(*packs))


def first_pack(parts: tuple[RawProfile | RawPack, ...]) -> RawPack:
    assert isinstance(parts[0], RawProfile)
    return parts[0].packs[0]


def test_a_pack_on_disk_brings_charts_presets_manifests_and_constraints_and_never_its_values() -> None:
    presets = "presets: [{name: on, group: G, add: 'a: b'}, {name: off, group: G, add: 'a: c'}]"
    disk = Members(
        "web",
        {
            "pack.json": about(constraints=CPU),
            "values.yaml": "# spectrocloud.com/enabled-presets: G:off\n" + listing("disk/only:1"),
            "presets.yaml": presets,
            "manifests/m.yaml": deployment("m:1"),
            **folder("charts/web", chart()),
        },
    )
    values = "# spectrocloud.com/enabled-presets: G:on\n" + listing("m:1")

    parts, told = joined(profile(pack("web", values)), disk)

    assert (len(parts), told) == (1, [])
    raw = first_pack(parts)
    assert raw.origin is Origin.PROFILE
    assert [each.name for each in raw.charts] == ["web"]
    assert [each.key for each in raw.manifests] == ["manifests.m"]
    assert [(each.name, each.is_on) for each in raw.presets] == [("on", True), ("off", False)]
    assert raw.pack.needs == (ResourceNeed("cpu", 100),)
    assert isinstance(parts[0], RawProfile)
    assert parts[0].profile.packs[0].needs == raw.pack.needs
    uses = {str(use.reference) for use in read([profile(pack("web", values)), disk]).uses}
    assert "docker.io/disk/only:1" not in uses
    assert "docker.io/library/m:1" in uses


@pytest.mark.parametrize(
    ("tag", "on_disk", "taken", "told"),
    [
        ("1.0.0", ["1.0.0", "2.0.0"], "1.0.0", []),
        ("v2.0.0", ["1.0.0", "2.0.0"], "2.0.0", []),
        ("3.0.0", ["1.0.0", "2.0.0"], None, []),
        ("3.0.0", ["1.0.0"], "1.0.0", [("profile.other-version", "INFO")]),
    ],
)
def test_the_pack_of_the_same_version_joins_or_the_only_one_which_is_told(
    tag: str, on_disk: list[str], taken: str | None, told: list[tuple[str, str]]
) -> None:
    texts: dict[str, str] = {}
    for version in on_disk:
        texts |= pack_folder("web", f"web-{version}", version=version)
        texts |= folder(f"web-{version}/charts/web", chart(version=version))

    parts, said = joined(profile(pack("web", listing("a:1"), tag=tag)), Members("packs", texts))

    assert [each.version for each in first_pack(parts).charts] == ([taken] if taken else [])
    assert said == told
    assert len(parts) == (1 if len(on_disk) > 1 or taken else 2)


def test_packs_of_a_folder_that_no_profile_has_stay_on_the_shelf_and_a_single_one_is_read() -> None:
    shelf = Members("packs", {**pack_folder("db", "db"), **pack_folder("cache", "cache")})
    assert len(joined(profile(pack("web", listing("a:1"))), shelf)[0]) == 1

    single = Members("db", pack_folder("db"))
    parts, _ = joined(profile(pack("web", listing("a:1"))), single)
    assert [part.pack.name for part in parts if isinstance(part, RawPack)] == ["db"]

    alone, _ = joined(shelf)
    assert [part.pack.name for part in alone if isinstance(part, RawPack)] == ["cache", "db"]


def test_a_chart_joins_every_pack_and_values_file_that_configures_or_names_it() -> None:
    handed = Members("web-1.0.0.tgz", folder("web", chart()))
    values = "charts: {web: {replicas: 1}}\n" + listing("a:1")
    named = "pack: {content: {images: [], charts: [{name: web, repo: x, version: 1.0.0}]}}"

    for each in (
        pack("other", values),
        pack("web", listing("a:1")),
        pack("third", named, tag="9"),
    ):
        parts, _ = joined(profile(each), handed)
        assert [one.name for one in first_pack(parts).charts] == ["web"]
        assert len(parts) == 1

    parts, _ = joined(NamedText("values.yaml", values), handed)
    assert [(part.origin, len(part.charts)) for part in parts if isinstance(part, RawPack)] == [(Origin.VALUES, 1)]

    apart, _ = joined(profile(pack("fourth", listing("a:1"))), handed)
    assert [part.origin for part in apart if isinstance(part, RawPack)] == [Origin.CHART]


def test_a_chart_at_hand_fills_what_a_pack_on_disk_lacks_and_replaces_nothing() -> None:
    handed = Members("web-1.0.0.tgz", folder("web", chart(image="other")))
    without = Members("web", pack_folder("web"))
    parts, _ = joined(without, handed)
    assert [(part.origin, len(part.charts)) for part in parts if isinstance(part, RawPack)] == [(Origin.PACK, 1)]

    have = Members("web", {**pack_folder("web"), **folder("charts/web", chart())})
    parts, _ = joined(have, handed)
    assert [part.charts[0].file for part in parts if isinstance(part, RawPack)] == [
        "web/charts/web",
        "web-1.0.0.tgz/web",
    ]


def test_what_joins_tells_an_image_that_the_profiles_list_lacks() -> None:
    disk = Members("web", {"pack.json": about(), **folder("charts/web", chart())})
    declarations = read([profile(pack("web", listing("a:1"))), disk])

    assert ("chart.example/web:1.0.0", "missing") in [
        (str(use.reference), use.status.value) for use in declarations.uses
    ]
    assert ("image.missing-from-list", "INFO") in findings(declarations)
