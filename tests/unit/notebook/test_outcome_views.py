from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import regplan
from regplan.model.seed import SeedPlan, SeedResult
from regplan.notebook.displays import bundle
from regplan.notebook.outcome_views import COMPARISON_TYPE, DIFF_TYPE, SEED_TYPE, SIMULATION_TYPE
from regplan.verbs.demo import demo_options, demo_site

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One of each value that has a display here, by its type's name."""
    folder: Path = tmp_path_factory.mktemp("seeding")
    site = regplan.read_site(demo_site())
    study = regplan.plan_site(site, demo_options())
    versions = [",".join(site.inputs.profiles), ",".join(site.inputs.upgrade_to)]
    upgrade, _ = regplan.compare_versions(versions, regplan.Options(sources=site.inputs.sources))
    names = regplan.demo_images(folder / "made")[:2]
    options = regplan.Options(sources=(f"oci:{folder / 'made'}",))
    seeding = regplan.seed_images(regplan.seed_job(names, f"oci:{folder / 'site'}"), options, agree=lambda *_: True)
    comparison = regplan.compare_sites([demo_site(), demo_site().parent / "site-single.yaml"], demo_options())
    found = (study.simulation, study.plan.upgrade, upgrade, comparison, seeding.plan, seeding.result)
    return {type(each).__name__: each for each in found}


def test_each_is_shown_in_every_form_and_can_be_kept_in_a_notebook_file(values: dict[str, Any]) -> None:
    assert set(values) == {"Simulation", "Growth", "Upgrade", "Comparison", "SeedPlan", "SeedResult"}
    for each in values.values():
        shown = bundle(each)
        assert {"text/plain", "text/markdown", "text/html"} < set(shown)
        assert shown["text/plain"]
        json.dumps(shown, allow_nan=False)
        [kind] = set(shown) - {"text/plain", "text/markdown", "text/html"}
        assert kind.startswith("application/vnd.regplan.")


def test_a_simulation_shows_what_the_registry_saves_and_each_way(values: dict[str, Any]) -> None:
    shown = bundle(values["Simulation"])
    assert shown["text/plain"].startswith("store-0421: the registry saves 717 MB")
    assert "primary registry" in shown["text/html"]
    document = shown[SIMULATION_TYPE]
    saved = document["scenarios"][0]["wan_bytes"] - document["scenarios"][1]["wan_bytes"]
    assert document["saved_bytes"] == saved


def test_an_upgrade_shows_what_is_new_and_which_repositories_change(values: dict[str, Any]) -> None:
    growth, upgrade = bundle(values["Growth"]), bundle(values["Upgrade"])
    assert "New: 196 MB" in growth["text/plain"]
    assert growth[DIFF_TYPE]["new_bytes"] == upgrade[DIFF_TYPE]["new_bytes"] == 196_372_996
    changed = [each for each in upgrade[DIFF_TYPE]["images"] if each["status"] != "same"]
    assert all(each["repository"] in upgrade["text/html"] for each in changed)
    assert "at least" in upgrade["text/plain"]


def test_scenarios_show_what_each_changes_of_the_first(values: dict[str, Any]) -> None:
    shown = bundle(values["Comparison"])
    first, second = shown["text/plain"].splitlines()
    assert first == "! MARGINAL store-0421"
    assert "MARGINAL -> PASS" in second
    assert [each["verdict"] for each in shown[COMPARISON_TYPE]["scenarios"]] == ["MARGINAL", "PASS"]


def test_a_seeding_shows_its_plan_and_what_came_of_it(values: dict[str, Any]) -> None:
    plan, result = values["SeedPlan"], values["SeedResult"]
    assert isinstance(plan, SeedPlan)
    assert isinstance(result, SeedResult)
    said = bundle(result)["text/plain"]
    assert re.search(rf"{result.done.uploaded_blobs} blobs sent", said)
    assert "verified" in said
    assert bundle(plan)[SEED_TYPE]["dry_run"] is True
    assert bundle(result)[SEED_TYPE]["dry_run"] is False


def test_what_failed_stands_in_the_cell_and_harms_nothing(values: dict[str, Any]) -> None:
    from dataclasses import replace

    failed = replace(values["SeedResult"], failed=("<script>alert(1)</script>\u202e: denied",), verified=False)
    shown = bundle(failed)
    assert "1 item failed" in shown["text/plain"]
    assert "not verified" in shown["text/plain"]
    for form in ("text/plain", "text/html"):
        assert "\u202e" not in shown[form]
    assert "<script>alert" not in shown["text/html"]
