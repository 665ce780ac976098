"""What is placed on hosts, written and read back, and left out where a document of an older regplan has none of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from regplan.report.document import json_text, plan_document
from regplan.report.hosting import hosting_of
from regplan.report.parts.hosting import requests_blocks
from regplan.report.rebuilt import study_of

if TYPE_CHECKING:
    from regplan.model.plan import Study

KEYS = (
    "requested_cpu_milli",
    "requested_memory_bytes",
    "allocatable_cpu_milli",
    "allocatable_memory_bytes",
    "disk_required_bytes",
    "unpacked_measured_bytes",
    "unpacked_compressed_bytes",
    "unpacked_high_measured_bytes",
    "unpacked_high_compressed_bytes",
    "placed",
)


def written(study: Study) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json_text(plan_document(study)))
    return document


def test_hosts_are_read_back_as_they_were_written(study: Study) -> None:
    document = written(study)

    assert document["hosts"][1]["placed"][1] == {
        "workload": "shop/till",
        "pods": 2,
        "cpu_milli": 250,
        "memory_bytes": 0,
        "provenance": "mixed",
    }
    assert study_of(document).plan.hosts == study.plan.hosts


def test_a_document_without_what_is_placed_has_nothing_placed(study: Study) -> None:
    document = written(study)
    for host in document["hosts"]:
        for key in KEYS:
            del host[key]

    hosts = study_of(document).plan.hosts

    assert [(host.placed, host.requested_cpu_milli, host.disk_required_bytes) for host in hosts] == [
        ((), None, None)
    ] * 3
    assert requests_blocks(study_of(document).plan) == ()
    assert hosting_of({}) == {**dict.fromkeys(KEYS[:-1]), "placed": ()}
