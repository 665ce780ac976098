from __future__ import annotations

import dataclasses
import hashlib
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from regplan.errors import InputError, MissingExtra
from regplan.model.image import Inventory, ResolvedReference
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.plan.families import families_of
from regplan.plan.prefixes import find_prefixes
from regplan.plan.sharers import shared_blobs
from regplan.report.frames import frame
from regplan.report.records import records
from unit.report.samples import LAYERS, make_image

if TYPE_CHECKING:
    from regplan.model.plan import Study


def test_a_study_is_framed_by_its_findings(study: Study) -> None:
    table = frame(study)
    assert list(table["rule"]) == [finding.rule for finding in study.plan.findings]
    assert set(table["verdict"]) == {"PASS", "MARGINAL", "INCOMPLETE", "INFO"}
    assert records(study.plan) == records(study.plan.findings) == records(study)


def test_sizes_of_images_add_up_in_a_frame(study: Study) -> None:
    table = frame(study.plan.layers)
    assert (table["size_bytes"] == table["shared_bytes"] + table["unique_bytes"]).all()
    assert table["size_bytes"].sum() == study.plan.layers.referenced_bytes
    assert str(table["size_bytes"].dtype) == "Int64"
    assert table["digest"].str.startswith("sha256:").all()
    assert table["platform"].unique().tolist() == ["linux/amd64"]


def test_hosts_terms_scenarios_the_link_and_the_upgrade_have_frames(study: Study) -> None:
    plan = study.plan
    assert plan.wire is not None
    assert study.simulation is not None
    assert list(frame(plan.hosts)["name"]) == ["node-1", "node-2", "node-3"]
    assert frame(plan.storage)["size_bytes"].sum() == plan.storage.required_bytes
    assert list(frame(study.simulation)["name"]) == ["direct", "primary"]
    assert list(frame(plan.wire)["wan_bytes"]) == [plan.wire.direct_bytes, plan.wire.primary_bytes]
    assert list(frame(plan.upgrade)["what"]) == ["kept", "new", "dropped", "peak"]


def test_a_size_that_nobody_knows_does_not_make_the_others_floats(study: Study) -> None:
    assert study.simulation is not None
    table = frame(study.simulation)
    assert table["boot_p50_s"].isna().tolist() == [False, True]
    hosts = frame([{"name": "a", "memory_bytes": 1}, {"name": "b", "memory_bytes": None}])
    assert str(hosts["memory_bytes"].dtype) == "Int64"


def test_an_inventory_has_a_row_for_each_layer_of_each_image(study: Study) -> None:
    table = frame(study.inventory)

    assert len(table) == sum(len(image.layers) for entry in study.inventory.entries for image in entry.images)
    postgres = table[table["reference"] == "docker.io/library/postgres:17"]
    assert postgres["position"].tolist() == [1, 2, 3, 4]
    assert postgres["size_bytes"].tolist() == [28_230_000, 113_456_789, 32, 32]
    assert postgres["counted"].tolist() == [True, True, True, False]
    assert postgres["images"].tolist() == [2, 1, 1, 1]
    assert postgres["shared"].tolist() == [True, False, False, False]
    assert postgres["diff_id"].isna().all()


def test_layers_have_the_same_columns_and_types_also_where_there_is_none(study: Study) -> None:
    empty, full = frame(Inventory(())), frame(study.inventory)

    assert len(empty) == 0
    assert {name: str(kind) for name, kind in empty.dtypes.items()} == {
        name: str(kind) for name, kind in full.dtypes.items()
    }
    assert list(full.columns) == [
        "reference", "digest", "platform", "position", "layer", "media_type", "size_bytes", "images", "shared",
        "counted", "diff_id", "chain_id",
    ]  # fmt: skip
    assert str(full["size_bytes"].dtype) == "Int64"
    assert str(full["shared"].dtype) == "boolean"


def test_layers_whose_config_was_read_have_their_diff_id_and_chain_id() -> None:
    one, other = (Digest("sha256", letter * 64) for letter in "ab")
    image = dataclasses.replace(make_image("docker.io/library/nginx:1.27", LAYERS), diff_ids=(one, other))
    reference = Reference.parse("docker.io/library/nginx:1.27")
    table = frame(Inventory((ResolvedReference(reference, image.digest, (image,)),)))

    chained = hashlib.sha256(f"{one} {other}".encode()).hexdigest()
    assert table["diff_id"].tolist() == [str(one), str(other)]
    assert table["chain_id"].tolist() == [str(one), f"sha256:{chained}"]


def test_blobs_and_families_tell_what_sharing_saves(study: Study) -> None:
    blobs = frame(shared_blobs(study.inventory))

    assert blobs["saved_bytes"].iloc[0] == 28_230_000
    assert blobs["size_bytes"].sum() == study.plan.layers.unique_bytes
    prefixes = find_prefixes(study.inventory)
    assert frame(families_of(study.inventory, prefixes))["saved_bytes"].tolist() == [28_230_000, 104_000]


def test_layers_can_be_joined_with_who_names_them(study: Study) -> None:
    layers, named = frame(study.inventory), frame(study.declarations)

    assert {"profile", "pack"} <= set(named.columns)
    assert set(layers["reference"]) & set(named["normalized"].dropna())


def test_declarations_have_a_row_for_each_mention(study: Study) -> None:
    table = frame(study.declarations)
    assert len(table) == len(study.declarations.uses)
    assert table["normalized"].isna().sum() == 1


def test_one_value_is_one_row_and_nothing_is_no_row(study: Study) -> None:
    assert len(frame(study.plan.findings[0])) == 1
    assert isinstance(frame(()), pd.DataFrame)
    assert frame(()).empty
    assert records(study.plan.site)[0]["name"] == "store-0421"


def test_a_readable_frame_has_sizes_and_times_as_people_read_them(study: Study) -> None:
    hosts = frame(study.plan.site.hosts, readable=True)
    assert list(hosts.columns) == ["name", "role", "cpu", "memory", "storage", "arch"]
    assert list(hosts.loc[2]) == ["node-3", "worker", "4 CPU", "7.80 GB", "512 GB", "amd64"]
    assert study.simulation is not None
    scenarios = frame(study.simulation, readable=True)
    assert scenarios["boot_p50"].tolist() == ["1.5 s", "unknown"]
    assert scenarios["wan"].tolist() == ["823 MB", "274 MB"]


def test_a_readable_finding_has_its_numbers_in_its_own_unit(study: Study) -> None:
    findings = frame(study, readable=True).set_index("rule")
    assert list(findings.loc["storage.minimum", ["measured", "required"]]) == ["344 GB", "300 GB"]
    assert findings.loc["version.agent", "measured"] == "4.7.2"
    assert findings.loc["image.unresolved", "measured"] == ""


def test_a_readable_size_is_a_lower_bound_where_part_of_it_is_unknown(study: Study) -> None:
    images = frame(study.plan.layers, readable=True).set_index("reference")["size"]
    assert images["quay.io/coreos/etcd:v3.5.12"] == "at least 59.0 MB"
    assert images["docker.io/library/nginx:1.27"] == "69.9 MB"


def test_large_bytes_of_manifests_are_no_column(study: Study) -> None:
    assert "raw" not in records(study.inventory.images())[0]


@pytest.mark.parametrize("value", [7, "text", b"bytes", None, [1, 2]])
def test_what_has_no_rows_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="row"):
        frame(value)


def test_a_frame_without_pandas_names_the_pip_line(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtra, match=r"regplan\[report\]"):
        frame(study)
