"""Who comes back and who joins while the internet link is cut, host by host, with the registry and without."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.finding import Verdict
from regplan.model.profile import Container, ImageUse, Provenance, RegistrySettings, Spread, UseStatus
from regplan.model.survival import HostNeeds
from regplan.model.wiring import Admission
from unit.plan.builders import (
    SHOP,
    TILL,
    WIRED,
    declarations,
    entry,
    finding,
    findings,
    host,
    hosts,
    inventory,
    plan,
    registry,
    site,
    use,
    workload,
)

if TYPE_CHECKING:
    from regplan.model.profile import Declarations, Workload
    from regplan.model.survival import HostSurvival

FAIL, INCOMPLETE, _, PASS, INFO = Verdict
SHOP_1, TILL_1 = "r.io/shop:1", "r.io/till:1"
BOTH = HostNeeds(frozenset({SHOP_1, TILL_1}))


def runs(reference: str, policy: str = "IfNotPresent") -> Workload:
    given = workload(reference, Spread.EVERY_HOST)
    return dataclasses.replace(given, containers=(Container("it", given.images[0], pull_policy=policy),))


def told(*more: ImageUse, works: tuple[Workload, ...] | None = None, **wiring: Any) -> Declarations:
    """Two images that run and are listed, and more."""
    settings = RegistrySettings(has_connect=True, wiring=dataclasses.replace(WIRED, **wiring))
    given = (runs(SHOP_1), runs(TILL_1)) if works is None else works
    return declarations(use(SHOP_1), use(TILL_1), *more, workloads=given, settings=settings)


def cases(**more: Any) -> dict[tuple[str, str, str], HostSurvival]:
    found = plan(**{"declarations": told(), **more}).survival
    cases: dict[tuple[str, str, str], HostSurvival] = {(each.host, each.event, each.registry): each for each in found}
    assert len(cases) == len(found)
    return cases


def answers(host: str = "node-1", **more: Any) -> dict[tuple[str, str], bool | None]:
    return {(event, state): each.returns for (name, event, state), each in cases(**more).items() if name == host}


def everywhere(needs: HostNeeds = BOTH, count: int = 3) -> dict[str, HostNeeds]:
    return {f"node-{number + 1}": needs for number in range(count)}


def test_a_registry_with_two_copies_serves_every_host_even_with_its_node_down() -> None:
    found = answers(site=site(registry=registry(replicas=2)), needs=everywhere())

    assert found == dict.fromkeys(
        [("reboot", "up"), ("node-add", "up"), ("reboot", "node-down"), ("node-add", "node-down")], True
    )


def test_with_one_copy_a_rebooted_host_has_its_cache_and_a_new_one_nothing() -> None:
    found = cases(site=site(registry=registry(replicas=1)), needs=everywhere())
    rebooted, new = found["node-2", "reboot", "node-down"], found["node-2", "node-add", "node-down"]

    assert (rebooted.returns, rebooted.missing, rebooted.unknown) == (True, (), ())
    assert (new.returns, new.missing) == (False, (SHOP_1, TILL_1))
    assert "one copy" in new.why
    assert found["node-2", "node-add", "up"].returns is True


def test_what_is_pulled_at_each_start_is_missing_without_a_registry_and_named() -> None:
    given = told(works=(runs(SHOP_1), runs(TILL_1, "Always")))
    found = cases(site=site(registry=registry(replicas=1)), declarations=given, needs=everywhere())

    assert found["node-1", "reboot", "node-down"].missing == (TILL_1,)
    assert found["node-1", "reboot", "node-down"].returns is False
    assert found["node-1", "reboot", "up"].returns is True


@pytest.mark.parametrize(
    ("admissions", "returns"),
    [
        ((Admission("k8s", always_pulls=True),), False),
        ((Admission("k8s", always_pulls=None),), None),
        ((), None),
        ((Admission("k8s", always_pulls=False),), True),
    ],
)
def test_always_pull_images_makes_every_pod_need_the_registry(
    admissions: tuple[Admission, ...], returns: bool | None
) -> None:
    found = cases(
        site=site(registry=registry(replicas=1)), declarations=told(admissions=admissions), needs=everywhere()
    )["node-1", "reboot", "node-down"]

    assert found.returns is returns
    assert found.missing == ((SHOP_1, TILL_1) if returns is False else ())
    assert found.unknown == ((SHOP_1, TILL_1) if returns is None else ())


def test_of_an_image_without_a_known_container_nobody_knows_how_it_is_pulled() -> None:
    given = told(works=(runs(SHOP_1),))
    found = cases(site=site(registry=registry(replicas=1)), declarations=given, needs=everywhere())

    assert found["node-1", "reboot", "node-down"].unknown == (TILL_1,)
    assert found["node-1", "reboot", "node-down"].returns is None


def test_each_host_is_told_of_its_own_images() -> None:
    missing = use("r.io/lost:1", status=UseStatus.MISSING)
    needs = {
        "node-1": HostNeeds(frozenset({SHOP_1})),
        "node-2": HostNeeds(frozenset({SHOP_1, "r.io/lost:1"})),
        "node-3": HostNeeds(frozenset({SHOP_1}), frozenset({"r.io/lost:1"})),
    }
    stock = inventory(entry(SHOP_1, SHOP), entry(TILL_1, TILL), entry("r.io/lost:1", SHOP))
    found = cases(declarations=told(missing), inventory=stock, needs=needs)

    assert [found[f"node-{number}", "reboot", "up"].returns for number in (1, 2, 3)] == [True, False, None]
    assert found["node-2", "node-add", "up"].missing == ("r.io/lost:1",)
    assert found["node-3", "reboot", "up"].unknown == ("r.io/lost:1",)
    message = finding("survive.reboot", declarations=told(missing), inventory=stock, needs=needs).message
    assert message.endswith("These hosts do not come back whole: node-2. It cannot be told of node-3.")


@pytest.mark.parametrize(
    ("internet", "sync", "returns"), [("full", True, True), ("full", False, False), ("thin", True, False)]
)
def test_what_no_list_has_is_in_the_cache_only_where_the_internet_brought_it(
    internet: str, sync: bool, returns: bool
) -> None:
    given = told(use("r.io/lost:1", status=UseStatus.MISSING), works=(runs(SHOP_1), runs("r.io/lost:1")))
    needs = everywhere(HostNeeds(frozenset({SHOP_1, "r.io/lost:1"})))
    stock = inventory(entry(SHOP_1, SHOP), entry(TILL_1, TILL), entry("r.io/lost:1", SHOP))
    found = cases(
        site=site(internet=internet, registry=registry(replicas=1, sync=sync)),
        declarations=given,
        inventory=stock,
        needs=needs,
    )

    assert found["node-1", "reboot", "node-down"].returns is returns
    assert found["node-1", "reboot", "up"].returns is False


def test_what_nobody_could_resolve_and_what_is_no_reference_leave_it_open() -> None:
    broken = ImageUse("{{ .x }}", None, Provenance("a.yaml"), problem="a macro")
    stock = inventory(entry(SHOP_1, SHOP), unresolved=[TILL_1])
    found = cases(declarations=told(broken), inventory=stock, needs={**everywhere(), "node-3": HostNeeds()})

    assert found["node-1", "reboot", "up"].unknown == (TILL_1, "{{ .x }}")
    assert found["node-3", "reboot", "up"].unknown == ("{{ .x }}",)
    assert found["node-1", "reboot", "up"].returns is None


@pytest.mark.parametrize(("internet", "verdict"), [("thin", INCOMPLETE), ("none", INCOMPLETE), ("full", INFO)])
@pytest.mark.parametrize("rule", ["survive.reboot", "survive.node-add"])
def test_an_image_in_no_list_of_which_nobody_knows_whether_it_runs_is_no_pass(
    rule: str, internet: str, verdict: Verdict
) -> None:
    given = declarations(use(SHOP_1), use(TILL_1, status=UseStatus.UNKNOWN))
    found = finding(rule, site=site(internet=internet), declarations=given)

    assert (found.verdict, found.is_checked, found.measured, found.required) == (verdict, False, 1, 2)
    assert TILL_1 in found.message


def test_without_a_registry_there_are_two_cases_a_host() -> None:
    found = cases(site=site(registry=None), needs=everywhere())

    assert {(event, state) for _, event, state in found} == {("reboot", "none"), ("node-add", "none")}
    assert found["node-1", "reboot", "none"].returns is True
    assert found["node-1", "node-add", "none"].missing == (SHOP_1, TILL_1)


def test_the_only_host_needs_everything_and_comes_back_with_its_cache() -> None:
    found = cases(site=site(hosts=hosts(1), registry=registry(replicas=2)))

    assert found["node-1", "reboot", "up"].returns is True
    assert found["node-1", "reboot", "node-down"].returns is True
    assert found["node-1", "node-add", "node-down"].missing == (SHOP_1, TILL_1)
    assert "no other host" in found["node-1", "node-add", "node-down"].why


def test_several_hosts_of_which_nothing_is_known_may_lack_what_no_list_has() -> None:
    given = told(use("r.io/lost:1", status=UseStatus.MISSING))
    found = cases(declarations=given)

    assert found["node-1", "reboot", "up"].unknown == ("r.io/lost:1",)


def test_a_host_that_needs_nothing_of_what_is_named_comes_back() -> None:
    assert answers(needs=everywhere(HostNeeds()))["reboot", "up"] is True


def test_where_nothing_is_named_nothing_can_be_said() -> None:
    found = cases(declarations=declarations(), inventory=inventory())

    assert {each.returns for each in found.values()} == {None}
    assert len(found) == 6


AMD64_AND_ARM64 = (host("node-1"), host("node-2", arch="arm64"))


@pytest.mark.parametrize(
    ("given", "comes_back"),
    [
        ({"registry": registry(replicas=1)}, False),
        ({"registry": registry(replicas=2)}, True),
        ({"registry": registry(replicas=2, storage_class="local-path")}, False),
        ({"registry": registry(replicas=1, storage_class="nfs-client")}, True),
        ({"registry": registry(storage_class="longhorn"), "defaulted": ("registry.replicas",)}, True),
        ({"registry": registry(replicas=1, storage_class="longhorn")}, False),
        ({"registry": registry(storage_class="mine"), "defaulted": ("registry.replicas",)}, False),
        ({"registry": registry(replicas=2), "hosts": hosts(1)}, False),
        ({"registry": registry(replicas=2), "hosts": AMD64_AND_ARM64}, False),
    ],
)
def test_the_registry_comes_back_where_its_volume_and_a_host_for_it_are(
    given: dict[str, Any], comes_back: bool
) -> None:
    count = len(given.get("hosts", (1, 2, 3)))
    found = finding("survive.registry-node", site=site(**given), declarations=told(), needs=everywhere(BOTH, count))

    assert found.verdict is (PASS if comes_back else INFO)
    assert (found.measured, found.required, found.unit) == (count, count, "hosts")
    assert bool(found.fix) is not comes_back


@pytest.mark.parametrize(
    ("hosts_are", "registry_is", "fix"),
    [
        (
            ("amd64",),
            {"replicas": 1},
            "Have two AMD64 (x86_64) hosts. Keep two copies of the registry's volume on hosts of their own.",
        ),
        (("amd64", "arm64"), {"replicas": 2}, "Have two AMD64 (x86_64) hosts."),
        (("arm64", "arm64"), {"replicas": 1, "storage_class": "nfs"}, "Have two AMD64 (x86_64) hosts."),
        (("amd64", "amd64"), {"replicas": 1}, "Keep two copies of the registry's volume on hosts of their own."),
        (
            ("amd64", "amd64"),
            {"replicas": 2, "storage_class": "local-path"},
            "Give the registry a storage class that keeps a copy on another host.",
        ),
    ],
)
def test_what_makes_the_registry_come_back_is_what_lacks(
    hosts_are: tuple[str, ...], registry_is: dict[str, Any], fix: str
) -> None:
    those = tuple(host(f"node-{place}", arch=arch) for place, arch in enumerate(hosts_are))

    assert finding("survive.registry-node", site=site(hosts=those, registry=registry(**registry_is))).fix == fix


def test_a_registry_that_comes_back_without_an_image_is_no_pass() -> None:
    given = told(use("r.io/lost:1", status=UseStatus.MISSING))
    needs = everywhere(HostNeeds(frozenset({SHOP_1, "r.io/lost:1"})))
    found = finding("survive.registry-node", site=site(registry=registry(replicas=2)), declarations=given, needs=needs)

    assert (found.verdict, found.measured) == (INFO, 0)


def test_without_a_registry_or_hosts_nothing_is_said_of_its_node() -> None:
    assert findings("survive.registry-node", site=site(registry=None)) == []
    bare = finding("survive.registry-node", site=site(hosts=()))
    assert (bare.verdict, bare.is_checked) == (INFO, False)
