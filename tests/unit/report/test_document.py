from __future__ import annotations

import importlib
import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

import regplan
from regplan.model.finding import Finding, Verdict
from regplan.model.plan import Growth
from regplan.model.site import Assumptions, SiteFrom
from regplan.report.document import (
    diff_document,
    json_text,
    layers_document,
    plan_document,
    simulation_document,
)
from regplan.report.schema import plan_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.plan import Study

# oras brings it; it has no types of its own.
jsonschema: Any = importlib.import_module("jsonschema")
# Written off the contract: what others script against.
PROMISED = {
    "": {
        "schema_version", "kind", "tool", "generated_at", "inputs_digest", "site", "verdict", "binding_constraint",
        "findings", "images", "storage", "hosts", "wire",
    },
    "tool": {"name", "version"},
    "site": {"name"},
    "images": {"declared", "unique", "resolved", "unresolved"},
    "storage": {"referenced_bytes", "unique_bytes", "blobs", "required_bytes", "claimed_bytes", "terms"},
    "wire": {"direct_bytes", "primary_bytes", "saved_bytes", "saved_ratio", "direct_boot_s", "primary_boot_s"},
}  # fmt: skip
PROMISED_ROWS = {
    "findings": {"rule", "verdict", "measured", "required", "unit", "where", "message", "fix", "source"},
    "hosts": {"name", "verdict", "cpu_milli", "memory_bytes", "image_bytes"},
    "layers": {"reference", "digest", "platform", "size_bytes", "shared_bytes", "unique_bytes"},
}


def written(study: Study) -> Any:
    return json.loads(json_text(plan_document(study)))


def check(document: Any) -> None:
    validator = jsonschema.Draft202012Validator(plan_schema(), format_checker=jsonschema.FormatChecker())
    validator.validate(document)


def test_every_promised_name_is_there(study: Study) -> None:
    document = written(study)
    for key, names in PROMISED.items():
        assert names <= set(document[key] if key else document)
    for key, names in PROMISED_ROWS.items():
        assert document[key]
        assert all(names <= set(row) for row in document[key])
    assert {"reference", "reason", "provenance"} <= set(document["images"]["unresolved"][0])
    assert {"key", "bytes", "provenance", "source"} <= set(document["storage"]["terms"][0])


def test_what_a_plan_says_is_what_the_document_says(study: Study) -> None:
    document = written(study)
    assert (document["schema_version"], document["kind"]) == (1, "plan")
    assert document["verdict"] == "INCOMPLETE"
    assert document["binding_constraint"] == "image.unresolved"
    assert document["storage"]["required_bytes"] == sum(term["bytes"] for term in document["storage"]["terms"])
    assert document["storage"]["claimed_bytes"] == 343597383680
    assert document["wire"]["saved_bytes"] == document["wire"]["direct_bytes"] - document["wire"]["primary_bytes"]
    assert document["wire"]["saved_ratio"] == pytest.approx(2 / 3)
    assert document["images"]["declared_sizes"] == [{"reference": "corp.example/erp:9", "bytes": 1200000000}]
    assert [host["name"] for host in document["hosts"]] == ["node-1", "node-2", "node-3"]


def test_a_layer_that_stands_twice_and_one_that_is_shared_count_once(study: Study) -> None:
    layers = {row["reference"]: row for row in written(study)["layers"]}
    postgres = layers["docker.io/library/postgres:17"]
    assert postgres["size_bytes"] == 3100 + 9800 + 28_230_000 + 113_456_789 + 32
    assert postgres["shared_bytes"] == 28_230_000
    assert all(row["size_bytes"] == row["shared_bytes"] + row["unique_bytes"] for row in layers.values())
    assert layers["quay.io/coreos/etcd:v3.5.12"]["sizes_unknown"] == 1


def test_the_document_keeps_its_own_schema(study: Study) -> None:
    jsonschema.Draft202012Validator.check_schema(plan_schema())
    check(written(study))


@pytest.mark.parametrize("site", ["site.yaml", "site-single.yaml"])
def test_the_demos_own_plans_keep_the_schema_and_name_no_folder(site: str) -> None:
    file = regplan.demo_site().with_name(site)
    text = json_text(plan_document(regplan.plan_site(file)))
    check(json.loads(text))
    assert str(file.parent) not in text


def test_a_plan_without_registry_link_hosts_or_upgrade_keeps_the_schema_too(study: Study) -> None:
    site = replace(study.plan.site, hosts=(), registry=None, internet_link=None)
    wire = replace(study.plan.wire, direct_boot_s=None, primary_boot_s=None, direct_bytes=0, primary_bytes=0)  # type: ignore[type-var]
    storage = replace(study.plan.storage, claimed_bytes=None)
    bare = replace(study.plan, site=site, hosts=(), upgrade=None, wire=wire, storage=storage, binding_constraint=None)
    document = written(replace(study, plan=bare, simulation=None))
    check(document)
    assert document["wire"]["saved_ratio"] is None
    assert document["upgrade"] is None
    check(written(replace(study, plan=replace(bare, wire=None))))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict",), "GREEN"),
        (("verdict",), "INFO"),
        (("inputs_digest",), "sha256:short"),
        (("storage", "unique_bytes"), 1.5),
        (("storage", "unique_bytes"), -1),
        (("hosts", 0, "image_bytes"), "12"),
        (("findings", 0, "measured"), [1]),
        (("storage", "terms", 0, "provenance"), "guessed"),
        (("schema_version",), 2),
    ],
)
def test_the_schema_refuses_what_the_contract_does_not_promise(
    study: Study, path: tuple[str | int, ...], value: object
) -> None:
    document = written(study)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check(document)


@pytest.mark.parametrize("name", sorted(PROMISED[""]))
def test_the_schema_misses_every_promised_name(study: Study, name: str) -> None:
    document = written(study)
    del document[name]
    with pytest.raises(jsonschema.ValidationError):
        check(document)


def test_the_schema_lets_more_names_stand_beside(study: Study) -> None:
    document = written(study)
    document["later"] = document["wire"]["later"] = 1
    check(document)


def test_bytes_are_integers_also_where_a_check_computed_with_floats(study: Study) -> None:
    finding = Finding("storage.claim", Verdict.PASS, "fits", 300e9, 1.5, "bytes")
    document = written(replace(study, plan=replace(study.plan, findings=(finding,))))
    assert json.dumps(document["findings"][0]["measured"]) == "300000000000"
    assert document["findings"][0]["required"] == 1.5


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_becomes_null(study: Study, value: float) -> None:
    finding = Finding("host.cpu", Verdict.INFO, "odd", value)
    wire = replace(study.plan.wire, direct_boot_s=value)  # type: ignore[type-var]
    document = written(replace(study, plan=replace(study.plan, findings=(finding,), wire=wire)))
    assert document["findings"][0]["measured"] is None
    assert document["wire"]["direct_boot_s"] is None
    with pytest.raises(ValueError, match="JSON"):
        json_text({"value": value})


def test_every_assumption_is_registered_with_its_source_and_whether_it_is_a_default(study: Study) -> None:
    rows = {row["key"]: row for row in written(study)["assumptions"]}
    assert set(rows) == {each.name for each in fields(Assumptions)}
    assert rows["growth_per_year"] | {"meaning": "", "source": ""} == {
        "key": "growth_per_year",
        "value": 0.15,
        "unit": "ratio",
        "meaning": "",
        "source": "",
        "defaulted": False,
    }
    assert rows["free_space"]["defaulted"]
    assert not rows["versions_kept"]["defaulted"]
    assert all(row["source"] and row["meaning"] for row in rows.values())


def test_no_path_of_this_machine_is_in_a_document(study: Study) -> None:
    home = "/home/eve/sites/store"
    inputs = SiteFrom(
        profiles=(f"{home}/profiles/edge-infra.json", "/mnt/share/other.yaml"), sources=(f"recording:{home}/rec",)
    )
    site = replace(study.plan.site, file=f"{home}/site.yaml", inputs=inputs)
    finding = Finding(
        "profile.misspelt-key",
        Verdict.FAIL,
        f"{home}/profiles/edge-infra.json: line 3: /mnt/share/other.yaml says so too",
        where=f"{home}/site.yaml",
        fix=f"look into {home}/rec/facts.jsonl, or at https://docs.example/home/eve",
    )
    document = written(replace(study, plan=replace(study.plan, site=site, findings=(finding,))))
    row = document["findings"][0]
    assert row["message"] == "profiles/edge-infra.json: line 3: other.yaml says so too"
    assert row["where"] == "site.yaml"
    assert row["fix"] == "look into rec/facts.jsonl, or at https://docs.example/home/eve"
    assert document["site"]["profiles"] == ["profiles/edge-infra.json", "other.yaml"]
    assert document["site"]["from"] == ["recording:rec"]


def test_a_windows_path_loses_its_folders_too(study: Study) -> None:
    site = replace(study.plan.site, inputs=SiteFrom(profiles=(r"C:\Users\eve\edge.json",)))
    document = written(replace(study, plan=replace(study.plan, site=site)))
    assert document["site"]["profiles"] == ["edge.json"]


def test_layers_say_the_sums_and_each_image(study: Study) -> None:
    document: Any = layers_document(study.plan.layers)
    assert document["kind"] == "layers"
    assert document["referenced_bytes"] == sum(row["size_bytes"] for row in document["images"])
    assert {"referenced_bytes", "unique_bytes", "blobs", "images"} <= set(document)


def test_a_diff_says_what_is_kept_new_and_dropped() -> None:
    assert diff_document(Growth(1, 2, 3, 4)) == {
        "kind": "diff",
        "kept_bytes": 1,
        "new_bytes": 2,
        "dropped_bytes": 3,
        "peak_bytes": 4,
    }


def test_a_simulation_has_its_scenarios_and_the_saving_with_its_range(study: Study) -> None:
    assert study.simulation is not None
    document: Any = simulation_document(study.simulation)
    assert document["kind"] == "simulation"
    assert [row["name"] for row in document["scenarios"]] == ["direct", "primary"]
    assert set(document["scenarios"][0]["boot_s"]) == {"p50", "p95", "max"}
    assert document["scenarios"][1]["boot_s"]["p50"] is None
    assert document["saved_low_bytes"] <= document["saved_bytes"] <= document["saved_high_bytes"]


def test_one_byte_of_one_layer_shows_in_the_document(make_study: Callable[..., Study]) -> None:
    before, after = written(make_study()), written(make_study({"nginx": 41_700_124}))
    assert after["storage"]["unique_bytes"] == before["storage"]["unique_bytes"] + 1
    assert after["wire"]["primary_bytes"] == before["wire"]["primary_bytes"] + 1
