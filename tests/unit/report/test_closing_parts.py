"""What whoever signs a report looks for at its end: risks, what to order, the seeding step by step, scenarios, signatures."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from regplan.model.finding import Finding, Verdict
from regplan.model.plan import Growth
from regplan.model.site import Link, Scenario
from regplan.plan.comparison import compare_plans
from regplan.report.cells import text_of
from regplan.report.contents import contents
from unit.report.test_contents import section, tables, words

if TYPE_CHECKING:
    from regplan.model.plan import Study


def of_site(study: Study, **changes: Any) -> Study:
    return replace(study, plan=replace(study.plan, site=replace(study.plan.site, **changes)))


def of_findings(study: Study, *findings: Finding) -> Study:
    return replace(study, plan=replace(study.plan, findings=findings))


def test_risks_are_findings_that_are_no_failure_put_together_by_what_they_touch(study: Study) -> None:
    made = of_findings(
        study,
        Finding("image.mutable-tag", Verdict.INFO, "a:latest can change.", where="a", fix="Pin it."),
        Finding("image.mutable-tag", Verdict.INFO, "b:latest can change.", where="b", fix="Pin it."),
        Finding("host.memory", Verdict.MARGINAL, "node-1 has little memory.", where="node-1", fix="Fit more."),
        Finding("host.cpu", Verdict.FAIL, "node-1 has too few CPUs.", where="node-1"),
        Finding("storage.claim", Verdict.PASS, "It fits."),
        Finding("somebody.own", Verdict.INFO, "A rule of the user's."),
    )
    (table,) = tables(section(contents(made), "risks"))
    said = words(section(contents(made), "risks"))

    assert [row[0] for row in table.rows] == [Verdict.MARGINAL, Verdict.INFO, Verdict.INFO]
    assert "Tags that can change" in said
    assert said.count("Pin it.") == 1
    assert "too few CPUs" not in said
    assert "It fits" not in said
    assert "A rule of the user's" in said


def test_where_nothing_is_risked_that_is_said(study: Study) -> None:
    made = of_findings(study, Finding("storage.claim", Verdict.PASS, "It fits."))

    assert "Every check is met" in words(section(contents(made), "risks"))


def test_hosts_of_one_kind_are_one_line_of_the_bill_of_materials(study: Study) -> None:
    first = study.plan.site.hosts[0]
    hosts = (first, replace(first, name="b"), replace(first, name="c", cpu_milli=2000))
    (table,) = tables(section(contents(of_site(study, hosts=hosts)), "materials"))
    counted = [text_of(row[0]) for row in table.rows if row[1] == "Edge host"]

    assert counted == ["2", "1"]
    assert "2 CPU" in str(table.rows[1][2])


def test_the_steps_tell_bytes_and_how_long_the_link_takes_in_nights_where_there_is_a_window(study: Study) -> None:
    scenario = Scenario(years=1, window=(22 * 3600, 5 * 3600), window_bps=2_000_000)
    made = of_site(study, internet_link=Link(8_000_000), scenario=scenario, internet="thin")
    said = words(section(contents(made), "runbook"))
    nights = math.ceil(8 * study.plan.layers.unique_bytes / (2_000_000 * 7 * 3600))

    assert "--max-rate 2.00Mbit/s --window 22:00-05:00" in said
    assert f"{nights} night" in said
    assert "regplan verify" in said


def test_a_site_without_internet_is_seeded_from_a_disk_that_travels(study: Study) -> None:
    said = words(section(contents(of_site(study, internet="none")), "runbook"))

    assert "--to oci:DISK" in said
    assert "--from oci:DISK" in said
    assert "--window" not in said


def test_what_an_upgrade_adds_is_a_step_of_its_own_only_where_there_is_one(study: Study) -> None:
    with_upgrade = replace(study, plan=replace(study.plan, upgrade=Growth(1, 12_345_678, 0, 2)))
    without = replace(study, plan=replace(study.plan, upgrade=None))

    assert "12.3 MB" in words(section(contents(with_upgrade), "runbook"))
    assert "--for next" in words(section(contents(with_upgrade), "runbook"))
    assert "--for next" not in words(section(contents(without), "runbook"))


def test_every_image_stands_there_with_its_whole_digest(study: Study) -> None:
    said = words(section(contents(study), "every-image"))

    for image in study.plan.layers.images:
        assert image.reference in said
        assert str(image.digest) in said


def test_scenarios_stand_side_by_side_with_what_each_changes(study: Study) -> None:
    other = replace(
        study.plan, site=replace(study.plan.site, name="larger", hosts=(*study.plan.site.hosts, *study.plan.site.hosts))
    )
    comparison = compare_plans([study.plan, other], ["as planned", "larger"])
    part = section(contents(study, comparison=comparison), "scenarios")
    (table,) = tables(part)

    assert [column.title for column in table.columns] == ["What", "as planned", "larger"]
    assert f"+ {len(study.plan.site.hosts)}" in words(part)
    assert "scenarios" not in [each.key for each in contents(study).sections]


def test_there_is_room_for_three_who_sign(study: Study) -> None:
    (table,) = tables(contents(study).sections[-1])

    assert [row[0] for row in table.rows] == ["Prepared by", "Checked by", "Approved by"]
