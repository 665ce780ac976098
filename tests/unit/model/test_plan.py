from __future__ import annotations

from regplan.model.finding import Finding, Verdict
from regplan.model.image import Inventory
from regplan.model.layers import LayerReport
from regplan.model.plan import ImageCounts, Plan, StorageNeed, StorageTerm, Study
from regplan.model.profile import Declarations
from regplan.model.site import Site


def layer_report(referenced_bytes: int, unique_bytes: int) -> LayerReport:
    return LayerReport(referenced_bytes, unique_bytes, 0, 0, 0, 0, 0, 0, ())


def a_plan(verdict: Verdict, binding_constraint: str | None) -> Plan:
    return Plan(
        site=Site("store-0421"),
        verdict=verdict,
        binding_constraint=binding_constraint,
        findings=(Finding("storage.claim", verdict, "enough"),),
        counts=ImageCounts(0, 0, 0),
        layers=layer_report(0, 0),
        storage=StorageNeed((), None),
        hosts=(),
        wire=None,
        upgrade=None,
        generated_at="2026-01-01T00:00:00+00:00",
        inputs_digest="sha256:0",
    )


def test_what_sharing_saves_is_the_difference_of_the_two_sums() -> None:
    assert layer_report(1000, 700).repeated_bytes == 300


def test_what_storage_must_hold_is_the_sum_of_its_terms() -> None:
    terms = (
        StorageTerm("images", 700, "measured", "manifests"),
        StorageTerm("scratch", 55, "assumed", "eight uploads"),
    )

    assert StorageNeed(terms, 300).required_bytes == 755
    assert StorageNeed((), None).required_bytes == 0


def test_a_plan_shows_its_verdict_and_what_binds() -> None:
    assert repr(a_plan(Verdict.FAIL, "storage.claim")) == "<Plan store-0421: FAIL, bound by storage.claim>"
    assert repr(a_plan(Verdict.PASS, None)) == "<Plan store-0421: PASS, bound by nothing>"


def test_a_study_shows_its_inventory_and_its_plan() -> None:
    study = Study(Declarations(), Inventory(()), a_plan(Verdict.PASS, None))

    assert repr(study) == (
        "<Study <Inventory 0 references, 0 images, 0 unresolved> <Plan store-0421: PASS, bound by nothing>>"
    )


def test_a_verdict_is_written_as_the_contract_says() -> None:
    assert {str(verdict) for verdict in Verdict} == {"PASS", "MARGINAL", "INCOMPLETE", "FAIL", "INFO"}
