"""`compare` and `gate --base` against real registries: what is shared is asked for once, and a pushed plan is a base."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

import regplan
from cli.running import regplan as run
from support import images

if TYPE_CHECKING:
    from pathlib import Path

    from cli.running import Said
    from support.registry import Registry

pytestmark = [pytest.mark.registry, pytest.mark.slow]


def asked(registry: Registry, verb: str, *sites: Path, cache: Path) -> list[tuple[str, str]]:
    """Which requests a call makes that knows nothing yet."""
    registry.forget_requests()
    where = (f"--plain-http={registry.address}", f"--cache-dir={cache}")
    said = run(verb, *map(str, sites), *where, "-o", "json")
    assert said.document["kind"] in {"plan", "comparison"}
    return sorted((each.method, each.path) for each in registry.requests())


def test_what_sites_share_is_asked_for_once(open_registry: Registry, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        images.push(open_registry, f"shared/app-{number}", images.image([images.layer(900, seed=number)]), ["1"])

    def site(name: str, claim: str, *numbers: int) -> Path:
        profile = tmp_path / f"list-{'-'.join(map(str, numbers))}.txt"
        profile.write_text("".join(f"{open_registry.address}/shared/app-{number}:1\n" for number in numbers))
        file = tmp_path / f"{name}.yaml"
        file.write_text(f"name: {name}\nprofiles: [{profile.name}]\nregistry: {{storage: {claim}}}\n")
        return file

    small, large, other = site("small", "200GB", 1, 2), site("large", "400GB", 1, 2), site("other", "400GB", 2, 3)

    alone = asked(open_registry, "plan", large, cache=tmp_path / "a")

    assert [path for _, path in alone if "app-1" in path]
    assert asked(open_registry, "compare", small, large, cache=tmp_path / "b") == alone
    assert asked(open_registry, "compare", small, large, small, cache=tmp_path / "c") == alone
    # Of other images it asks.
    assert len(asked(open_registry, "compare", small, other, cache=tmp_path / "d")) > len(alone)


@pytest.fixture
def pushed(open_registry: Registry, tmp_path: Path) -> tuple[str, Path]:
    """The demo's plan in a registry, and a checkout of the demo that upgrades its apps."""
    demo = regplan.demo_site().parent
    shutil.copytree(demo, tmp_path / "demo")
    name = f"docker://{open_registry.address}/plans/base:main"
    site = tmp_path / "demo" / "site.yaml"
    assert run("report", str(site), "--push", name, *plain(open_registry)).code == 0
    text = site.read_text(encoding="utf-8")
    site.write_text(text.replace("retail-apps-1.0.0", "retail-apps-1.1.0"), encoding="utf-8")
    return name, site


def plain(registry: Registry) -> tuple[str, ...]:
    return (f"--plain-http={registry.address}",)


def changes(said: Said) -> dict[str, object]:
    """What the second of two scenarios changes, without how they are named."""
    scenarios = said.document.get("changes", said.document)["scenarios"]
    assert len(scenarios) == 2
    return {key: scenarios[1][key] for key in ("delta", "verdict", "comes", "goes")}


def test_a_pushed_plan_is_compared_as_the_site_that_it_was_made_of(
    open_registry: Registry, pushed: tuple[str, Path], tmp_path: Path
) -> None:
    name, site = pushed
    before = tmp_path / "before"
    shutil.copytree(regplan.demo_site().parent, before)

    there = run("compare", name, str(site), "-o", "json", *plain(open_registry))
    here = run("compare", str(before / "site.yaml"), str(site), "-o", "json")

    assert there.code == here.code == 0
    assert there.document["scenarios"][0]["label"] == name
    assert "made by regplan" in there.err
    assert changes(there)["delta"] == changes(here)["delta"] != {}
    assert changes(there) == changes(here)


def test_a_gate_holds_a_site_against_the_plan_that_the_main_branch_pushed(
    open_registry: Registry, pushed: tuple[str, Path]
) -> None:
    name, site = pushed
    old, new = (run("plan", each, "-o", "json", *plain(open_registry)).document for each in (name, str(site)))
    added = new["storage"]["unique_bytes"] - old["storage"]["unique_bytes"]
    policy = site.with_name("policy.yaml")

    def gate(most_bytes: int) -> Said:
        policy.write_text(f"limits: [{{key: added.storage.unique_bytes, most: {most_bytes}B}}]\n")
        more = ("--policy", str(policy), "--base", name, "-o", "json")
        return run("gate", str(site), *more, *plain(open_registry))

    assert added > 0
    assert (gate(added).code, gate(added - 1).code) == (0, 1)
    told = gate(added)
    assert told.document["changes"]["scenarios"][1]["delta"]["unique_bytes"] == added


def test_a_gate_judges_a_site_and_no_plan_in_a_registry(open_registry: Registry) -> None:
    said = run("gate", f"docker://{open_registry.address}/plans/none:1", *plain(open_registry))

    assert (said.code, said.out) == (2, "")
    assert "a site is a file" in said.err
    assert "`compare`" in said.err
