"""Every rule in every verdict that it can give, the engine, and the page that explains them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.finding import Verdict
from regplan.model.image import Referrers
from regplan.model.profile import Container, RegistrySettings, Spread, UseStatus
from regplan.model.site import SiteFrom
from regplan.model.wiring import (
    Admission,
    ConnectPack,
    MemoryLimit,
    RegistryPack,
    Retention,
    RewriteRules,
    TagPolicy,
    V2Engine,
)
from regplan.oci.mediatype import DOCKER_MANIFEST, OCI_LAYER_TAR
from regplan.plan.rules.rule import compare_versions, listed
from regplan.plan.rules.table import RULES, find_rule
from regplan.units import GB, MB, GiB, MiB
from unit.plan.builders import (
    SHOP,
    TILL,
    WIRED,
    declarations,
    entry,
    facts,
    findings,
    host,
    hosts,
    index,
    inventory,
    registry,
    site,
    use,
    workload,
)

if TYPE_CHECKING:
    from regplan.model.image import Image, ResolvedReference

FAIL, INCOMPLETE, MARGINAL, PASS, INFO = Verdict
DOCS = Path(__file__).parents[3] / "docs" / "rules.md"

# The contract's stable ids.
CONTRACT = [
    "storage.minimum",
    "storage.claim",
    "storage.disk",
    "storage.no-retention",
    "host.cpu",
    "host.memory",
    "host.arch",
    "host.disk",
    "version.palette",
    "version.agent",
    "mode.primary-required",
    "mode.vertex-harbor",
    "mode.sync-off-missing",
    "mode.two-node-local",
    "survive.reboot",
    "survive.node-add",
    "bundle.edge-cli",
    "image.unresolved",
    "image.mutable-tag",
    "image.platform",
    "image.missing-from-list",
    "profile.misspelt-key",
    "profile.no-image-list",
    "profile.unresolved-macro",
    "profile.unpublished-draft",
    "registry.connect",
    "registry.zot-docker-types",
    "registry.harbor-project",
]

NO_REGISTRY = {"site": site(registry=None)}
NO_HOSTS = {"site": site(hosts=(), management="local")}
LOST = {"inventory": inventory(entry("r.io/shop:1", SHOP), unresolved=["r.io/till:1"])}
MISSING = {"declarations": declarations(use("r.io/shop:1"), use("r.io/till:1", status=UseStatus.MISSING))}
UNSURE = {"declarations": declarations(use("r.io/shop:1"), use("r.io/till:1", status=UseStatus.UNKNOWN))}
HARBOR = registry(kind="harbor")
LEGACY = RegistryPack("harbor", "shop > addon/harbor-edge-native-config", profile="shop", is_legacy=True)


def referred(reference: str, problem: str = "") -> ResolvedReference:
    return dataclasses.replace(entry(reference, SHOP), referrers=Referrers((), problem))


def seen(reference: str, at: str) -> ResolvedReference:
    return dataclasses.replace(entry(reference, SHOP), seen_at=at)


def plain(tree: Image) -> Image:
    layers = tuple(dataclasses.replace(layer, media_type=OCI_LAYER_TAR) for layer in tree.layers)
    return dataclasses.replace(tree, layers=layers)


def claim(size: int | None) -> dict[str, Any]:
    return {"site": site(registry=registry(storage_bytes=size))}


def machine(**more: Any) -> dict[str, Any]:
    return {"site": site(hosts=(host(**more), host("other")))}


def pressed(**more: Any) -> dict[str, Any]:
    return {"site": site(hosts=(host(**more),))}


def declared(cpu_milli: int, replicas: int) -> dict[str, Any]:
    made = dataclasses.replace(
        workload("r.io/shop:1", Spread.REPLICAS, replicas),
        containers=(Container("a", None, False, cpu_milli, None, 1),),
    )
    return {"declarations": dataclasses.replace(facts().declarations, workloads=(made,))}


def asking(**more: Any) -> dict[str, Any]:
    return {"site": site(hosts=(host(**more),)), **declared(4000, 1)}


def rolling(more: tuple[Any, ...] = (), **given: Any) -> dict[str, Any]:
    return {"site": site(hosts=(host(**given), *more)), **declared(2500, 1)}


def profiled(**more: Any) -> dict[str, Any]:
    return {"declarations": dataclasses.replace(facts().declarations, settings=RegistrySettings(**more))}


def wired(**more: Any) -> dict[str, Any]:
    return profiled(has_connect=True, wiring=dataclasses.replace(WIRED, **more))


def packed(**more: Any) -> dict[str, Any]:
    return wired(registries=(dataclasses.replace(WIRED.registries[0], storage_key="charts.zot.pvc.storage", **more),))


def certificate(expires: str) -> dict[str, Any]:
    given = registry(certificate_expires=expires)
    return {"site": site(registry=given), "generated_at": "2026-11-28T12:00:00+00:00"}


def limited(size_bytes: int) -> dict[str, Any]:
    return packed(limit=MemoryLimit("charts.zot.resources.limits.memory", size_bytes))


def kept(tags: int) -> dict[str, Any]:
    policies = (TagPolicy(("spectro-images/**",), tags),)
    return packed(retention=Retention("charts.zot.config.storage.retention", policies))


def engine(cpu_milli: int | None, *, is_on: bool | None = True) -> dict[str, Any]:
    told = V2Engine("shop > csi/csi-longhorn", "charts.longhorn.defaultSettings.v2DataEngine", is_on)
    return {**wired(engines=(told,)), **machine(cpu_milli=cpu_milli)}


def agent(**more: Any) -> dict[str, Any]:
    return {"site": site(deployment="agent", management="local", registry=None, **more)}


CASES: list[tuple[str, Verdict, dict[str, Any]]] = [
    ("storage.minimum", PASS, claim(300 * GB)),
    ("storage.minimum", FAIL, claim(299 * GB)),
    ("storage.minimum", INCOMPLETE, claim(None)),
    ("storage.minimum", INFO, NO_REGISTRY),
    ("storage.claim", PASS, claim(300 * GB)),
    ("storage.claim", FAIL, claim(100 * MB)),
    ("storage.claim", INCOMPLETE, LOST),
    ("storage.claim", INFO, NO_REGISTRY),
    ("storage.disk", PASS, claim(500 * GB)),
    ("storage.disk", FAIL, claim(600 * GB)),
    ("storage.disk", INCOMPLETE, claim(None)),
    ("storage.disk", INFO, NO_REGISTRY),
    ("storage.no-retention", PASS, {}),
    ("storage.no-retention", INFO, {"site": site(registry=registry(keep_versions=None))}),
    ("storage.no-retention", FAIL, kept(0)),
    ("storage.class", PASS, {"site": site(registry=registry(storage_class="longhorn"))}),
    ("storage.class", INFO, {"site": site(registry=registry(storage_class="gold"))}),
    ("storage.chart-default", PASS, packed(storage_bytes=300 * GiB)),
    ("storage.chart-default", FAIL, packed(storage_bytes=8 * GiB)),
    ("storage.chart-default", INFO, packed()),
    ("storage.resize", INFO, claim(200 * GB)),
    ("storage.differs", FAIL, profiled(storage_bytes=5 * GiB)),
    ("storage.differs", INFO, profiled(storage_bytes=400 * GB)),
    ("host.longhorn-v2", PASS, engine(5000)),
    ("host.longhorn-v2", FAIL, engine(4000)),
    ("host.longhorn-v2", INCOMPLETE, engine(None)),
    ("host.cpu", PASS, machine(cpu_milli=4000)),
    ("host.cpu", FAIL, machine(cpu_milli=3000)),
    ("host.cpu", INCOMPLETE, machine(cpu_milli=None)),
    ("host.memory", PASS, machine(memory_bytes=8 * GB)),
    ("host.memory", MARGINAL, machine(memory_bytes=7_700 * MB)),
    ("host.memory", FAIL, machine(memory_bytes=4 * GB)),
    ("host.memory", INCOMPLETE, machine(memory_bytes=None)),
    ("host.arch", PASS, machine(arch="arm64")),
    ("host.arch", FAIL, {"site": site(hosts=hosts(3, arch="arm64"))}),
    ("host.arch", INCOMPLETE, NO_HOSTS),
    ("host.disk", PASS, machine(storage_bytes=100 * GB)),
    ("host.disk", FAIL, machine(storage_bytes=64 * GB)),
    ("host.disk", INCOMPLETE, machine(storage_bytes=None)),
    ("host.requests", PASS, {}),
    ("host.requests", MARGINAL, pressed(cpu_milli=2000)),
    ("host.requests", FAIL, asking(cpu_milli=3000)),
    ("host.requests", INCOMPLETE, machine(cpu_milli=None)),
    ("host.unstated-requests", INFO, {}),
    ("host.n-1", PASS, {}),
    ("host.n-1", MARGINAL, {"site": site(registry=registry(storage_class="local-path"))}),
    ("host.n-1", INFO, {"site": site(hosts=hosts(1))}),
    ("host.n-1", INCOMPLETE, {"site": site(hosts=(host(), host("other", cpu_milli=None)))}),
    ("host.surge", PASS, rolling(cpu_milli=8000)),
    ("host.surge", MARGINAL, rolling(cpu_milli=5000)),
    ("host.surge", INCOMPLETE, rolling(cpu_milli=5000, more=(host("other", cpu_milli=None),))),
    ("version.palette", PASS, {"site": site(palette_version="4.6.19")}),
    ("version.palette", FAIL, {"site": site(palette_version="4.6.18")}),
    ("version.palette", INCOMPLETE, {"site": site(palette_version=None)}),
    ("version.agent", PASS, {"site": site(agent_version="4.6.13")}),
    ("version.agent", FAIL, {"site": site(agent_version="4.6.12")}),
    ("version.agent", INCOMPLETE, {"site": site(agent_version=None)}),
    ("version.agent-local", PASS, agent(palette_version="4.6.32")),
    ("version.agent-local", FAIL, agent(palette_version="4.6.31")),
    ("version.agent-local", INCOMPLETE, agent(palette_version=None)),
    ("mode.always-pull", PASS, {**agent(), **wired()}),
    ("mode.always-pull", FAIL, {**agent(), **wired(admissions=(Admission("shop > k8s/edge-k3s", always_pulls=True),))}),
    ("mode.always-pull", INCOMPLETE, {**agent(), **wired(admissions=())}),
    ("mode.primary-required", PASS, {}),
    ("mode.primary-required", FAIL, {"site": site(registry=None, management="local", internet="none")}),
    ("mode.primary-required", INCOMPLETE, {"site": site(registry=None, management="local", internet="none", hosts=())}),
    ("mode.vertex-harbor", PASS, {"site": site(edition="vertex")}),
    ("mode.vertex-harbor", FAIL, {"site": site(edition="vertex", registry=HARBOR)}),
    ("mode.sync-off-missing", PASS, {"site": site(registry=registry(sync=False))}),
    ("mode.sync-off-missing", FAIL, {"site": site(registry=registry(sync=False)), **MISSING}),
    ("mode.sync-off-missing", INCOMPLETE, {"site": site(registry=registry(sync=False)), **UNSURE}),
    ("mode.sync-off-missing", INFO, {"site": site(registry=registry(sync=False)), **profiled(sync=True)}),
    ("mode.two-node-local", PASS, {}),
    ("mode.two-node-local", FAIL, {"site": site(management="local", hosts=hosts(2))}),
    ("mode.two-node-local", INCOMPLETE, NO_HOSTS),
    ("survive.reboot", PASS, {}),
    ("survive.reboot", FAIL, MISSING),
    ("survive.reboot", INCOMPLETE, LOST),
    ("survive.reboot", INFO, NO_REGISTRY),
    ("survive.node-add", PASS, {}),
    ("survive.node-add", FAIL, NO_REGISTRY),
    ("survive.node-add", INCOMPLETE, LOST),
    ("survive.node-add", INFO, {"site": site(registry=None, internet="full")}),
    ("survive.registry-node", PASS, {"site": site(registry=registry(replicas=2))}),
    ("survive.registry-node", INFO, {}),
    ("image.unresolved", PASS, {}),
    ("image.unresolved", INCOMPLETE, LOST),
    ("image.referrers", PASS, {"inventory": inventory(referred("r.io/shop:1"))}),
    ("image.referrers", INCOMPLETE, {"inventory": inventory(referred("r.io/shop:1", "it did not answer"))}),
    ("image.last-seen", INFO, {"inventory": inventory(seen("r.io/shop:1", "2026-11-20T08:00:00+00:00"))}),
    ("image.uncompressed", INFO, {"inventory": inventory(entry("r.io/shop:1", plain(SHOP)))}),
    ("image.platform", PASS, {}),
    ("image.platform", FAIL, {"site": site(hosts=hosts(3, arch="arm64"))}),
    (
        "image.index-kept",
        INFO,
        {"inventory": inventory(entry("r.io/shop:1", SHOP, indexes=(index("shop", 9, (SHOP,)),)))},
    ),
    ("image.mixed-platforms", INFO, {"inventory": inventory(entry("r.io/shop:1", SHOP, TILL))}),
    ("site.unused-size", INFO, {"site": site(inputs=SiteFrom(declared_sizes=(("r.io/typo:1", 5),)))}),
    ("bundle.edge-cli", INFO, {}),
    ("bundle.edge-cli", PASS, {"site": site(uploader="palette-cli")}),
    ("bundle.edge-cli", FAIL, {"site": site(uploader="edge-cli")}),
    ("registry.memory", PASS, packed()),
    ("registry.memory", MARGINAL, limited(512 * MiB)),
    ("registry.memory", FAIL, limited(40 * MB)),
    ("registry.memory", INFO, packed(has_values=False)),
    ("registry.certificate", INFO, {}),
    ("registry.certificate", PASS, certificate("2027-11-28")),
    ("registry.certificate", FAIL, certificate("2026-11-27")),
    ("registry.certificate", INCOMPLETE, {**certificate("2027-11-28"), "generated_at": ""}),
    ("registry.legacy-harbor", INFO, {"site": site(registry=HARBOR), **wired(registries=(LEGACY,))}),
    ("registry.legacy-harbor", FAIL, {"site": site(registry=registry(kind="zot")), **wired(registries=(LEGACY,))}),
    ("registry.connect", PASS, {}),
    ("registry.connect", FAIL, wired(connects=(ConnectPack("shop > addon/registry-connect", preset="harbor"),))),
    ("registry.connect", INCOMPLETE, profiled(has_connect=True)),
    ("registry.connect", INFO, {"declarations": declarations(use("r.io/shop:1"))}),
    ("registry.zot-docker-types", PASS, {}),
    (
        "registry.zot-docker-types",
        INFO,
        {"inventory": inventory(entry("r.io/till:1", dataclasses.replace(TILL, media_type=DOCKER_MANIFEST)))},
    ),
    ("registry.harbor-project", INFO, {"site": site(registry=HARBOR)}),
    ("registry.differs", INFO, profiled(project="elsewhere")),
    ("mapping.collision", PASS, {"mapping": "plain"}),
    (
        "mapping.collision",
        FAIL,
        {"mapping": "plain", "inventory": inventory(entry("a.io/x:1", SHOP), entry("b.io/x:1", TILL))},
    ),
    (
        "mapping.collision",
        INFO,
        {"mapping": "plain", "inventory": inventory(entry("a.io/x:1", SHOP), entry("b.io/x:1", SHOP))},
    ),
    ("mapping.profile-rules", INFO, wired(rules=RewriteRules(replaced=(("r.io", "mirror.corp"),), source="shop"))),
    ("content.palette-images", PASS, {}),
    ("content.palette-images", INCOMPLETE, {"site": site(palette_images="unknown")}),
    ("content.palette-images", INFO, {"site": site(palette_images="core")}),
]


@pytest.mark.parametrize(("rule", "verdict", "more"), CASES, ids=[f"{rule}-{verdict}" for rule, verdict, _ in CASES])
def test_a_rule_gives_the_verdict_that_the_site_deserves(rule: str, verdict: Verdict, more: dict[str, Any]) -> None:
    found = findings(rule, **more)

    assert verdict in {each.verdict for each in found}
    for each in found:
        assert each.message.endswith(".")
        assert each.source
        assert each.where
        assert (each.verdict is PASS) <= (each.fix == "")
        assert each.verdict not in {FAIL, INCOMPLETE, MARGINAL} or each.fix.endswith(".")


def test_every_rule_is_tried_in_every_verdict_that_it_can_give() -> None:
    possible = {(rule.id, verdict) for rule in RULES if rule.look is not None for verdict in rule.verdicts}

    assert {(rule, verdict) for rule, verdict, _ in CASES} == possible


@pytest.mark.slow
def test_no_case_gives_a_verdict_that_its_rule_does_not_name() -> None:
    for _, _, more in CASES:
        for rule in RULES:
            assert {found.verdict for found in findings(rule.id, **more)} <= set(rule.verdicts)


def test_every_id_of_the_contract_is_a_rule_and_no_id_stands_twice() -> None:
    ids = [rule.id for rule in RULES]

    assert set(CONTRACT) <= set(ids)
    assert len(set(ids)) == len(ids)


def test_a_rule_is_found_by_its_id() -> None:
    assert [find_rule(rule.id) for rule in RULES] == list(RULES)
    assert find_rule("storage.unheard-of") is None


def test_the_documented_numbers_are_those_of_the_documentation() -> None:
    numbers = {rule.id: [each.value for each in rule.thresholds] for rule in RULES if rule.thresholds}

    assert numbers == {
        "storage.minimum": [300 * 10**9],
        "host.cpu": [4000, 6000, 2000],
        "host.memory": [8 * 10**9, 12 * 10**9, 8 * 10**9],
        "host.arch": [1],
        "host.disk": [100 * 10**9],
        "version.palette": ["4.6.19"],
        "version.agent": ["4.6.13"],
        "version.agent-local": ["4.6.32"],
        "registry.certificate": [30, 365],
        "registry.memory": [2**30, 4 * 2**30],
        "host.longhorn-v2": [5000, 7000],
    }


@pytest.mark.parametrize(
    ("have", "need", "verdict"),
    [
        ("4.6.19", "4.6.19", PASS),
        (" v4.6.19 ", "4.6.19", PASS),
        ("4.6.19+build.7", "4.6.19", PASS),
        ("4.6.20-rc1", "4.6.19", PASS),
        ("4.6.19-rc1", "4.6.19", FAIL),
        ("4.6.9", "4.6.19", FAIL),
        ("10.0", "4.6.19", PASS),
        ("3", "4.6.19", FAIL),
        ("4", "4.6.19", INCOMPLETE),
        ("4.6.x", "4.6.19", INCOMPLETE),
        ("", "4.6.19", INCOMPLETE),
    ],
)
def test_versions_are_compared_number_by_number(have: str, need: str, verdict: Verdict) -> None:
    assert compare_versions(have, need) is verdict


def test_a_long_list_names_ten_and_counts_the_rest() -> None:
    assert listed([]) == ""
    assert listed([str(number) for number in range(10)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert listed([str(number) for number in range(13)]).endswith("9 and 3 more")


def _amount(value: int | str, unit: str) -> str:
    if unit == "bytes":
        return f"{int(value) // GiB} GiB" if int(value) % GiB == 0 else f"{int(value) // GB} GB"
    return f"{int(value) // 1000} CPU" if unit == "milli" else str(value)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_page_tells_of_each_rule_what_its_row_holds(rule: Any) -> None:
    sections = dict(
        re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    )
    section = " ".join(sections[rule.id].split())

    assert rule.title in section
    assert f"Compares {rule.compares}." in section
    assert f"Verdicts: {', '.join(rule.verdicts)}." in section
    assert f"Source: {rule.source}." in section
    for threshold in rule.thresholds:
        assert _amount(threshold.value, rule.unit) + (f" ({threshold.when})" if threshold.when else "") in section
    assert not rule.unit or f"Unit: {rule.unit}." in section
    assert not rule.since or f"Since: {rule.since}." in section
    assert not rule.reading or f"Reading: {rule.reading}." in section


def test_the_page_tells_of_no_rule_that_is_not_there() -> None:
    told = re.findall(r"^## `([^`]+)`", DOCS.read_text(encoding="utf-8"), re.MULTILINE)

    assert told == [rule.id for rule in RULES]


def test_tags_that_nobody_was_asked_for_are_counted_with_the_days_on_which_they_were_seen() -> None:
    times = ("2026-11-28T23:59:59+00:00", "2026-11-20T08:00:00+00:00")
    now = inventory(seen("r.io/shop:1", times[0]), entry("r.io/till:1", SHOP))
    later = inventory(seen("r.io/shop:2", times[1]))

    (found,) = findings("image.last-seen", inventory=now, upgrade=later)

    assert found.message.startswith("2 tags are as last seen 2026-11-20 to 2026-11-28,")
    assert (found.measured, found.unit) == (2, "tags")
    assert "--offline" in found.fix
    assert findings("image.last-seen", inventory=inventory(entry("r.io/till:1", SHOP))) == []


def test_uncompressed_layers_are_told_with_their_bytes_and_images_once() -> None:
    both = inventory(entry("r.io/shop:1", plain(SHOP)), entry("r.io/shop:2", plain(SHOP)), entry("r.io/till:1", TILL))

    (found,) = findings("image.uncompressed", inventory=both)

    assert found.message.startswith(f"{len(SHOP.layers)} layers of 2 images are not compressed")
    assert "under other digests: r.io/shop:1" in found.message
    assert (found.measured, found.unit) == (sum(layer.size for layer in SHOP.layers), "bytes")
    assert findings("image.uncompressed") == []
