from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from regplan.model.finding import Finding, Verdict
from regplan.model.site import Link, SiteFrom
from regplan.report.contents import contents
from regplan.report.sections import ChartBlock, Paragraph, Table, sentence, text_of

if TYPE_CHECKING:
    from regplan.model.plan import Study
    from regplan.report.sections import Document, Section


def section(document: Document, key: str) -> Section:
    return next(each for each in document.sections if each.key == key)


def words(part: Section) -> str:
    found: list[str] = []
    for block in part.blocks:
        if isinstance(block, Paragraph):
            found.append(sentence(block.parts))
        else:
            table = block.numbers if isinstance(block, ChartBlock) else block
            found += [table.caption, *(text_of(cell) for row in table.rows for cell in row)]
    return "\n".join(found)


def of_plan(study: Study, **changes: Any) -> Document:
    return contents(replace(study, plan=replace(study.plan, **changes)))


def test_the_sections_come_in_the_order_in_which_they_are_read(study: Study) -> None:
    assert [part.key for part in contents(study).sections] == [
        "short", "findings", "storage", "upgrade", "images", "hosts", "internet", "assumptions", "unresolved", "reproduce",
    ]  # fmt: skip


def test_what_is_absent_has_no_section(study: Study) -> None:
    keys = [
        part.key for part in of_plan(study, upgrade=None, counts=replace(study.plan.counts, unresolved=())).sections
    ]
    assert "upgrade" not in keys
    assert "unresolved" not in keys


def test_findings_stand_worst_first(study: Study) -> None:
    table = section(contents(study), "findings").blocks[0]
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows][:3] == [Verdict.INCOMPLETE, Verdict.MARGINAL, Verdict.PASS]
    assert table.rows[-1][0] is Verdict.INFO


def test_what_binds_comes_with_what_to_do(study: Study) -> None:
    document = contents(study)
    assert sentence(document.headline).endswith("What binds: image.unresolved.")
    assert words(section(document, "short")).startswith(
        "1 image is unresolved. What to do: give --from, or record it.\n"
    )


def test_of_several_findings_of_the_binding_rule_the_worst_is_told(study: Study) -> None:
    fails = Finding("host.memory", Verdict.FAIL, "node-9 is too small", fix="take another host")
    document = of_plan(study, findings=(*study.plan.findings, fails), binding_constraint="host.memory")
    assert words(section(document, "short")).startswith("node-9 is too small. What to do: take another host.")


def test_a_plan_that_nothing_binds_says_so(study: Study) -> None:
    document = of_plan(study, verdict=Verdict.PASS, binding_constraint=None)
    assert sentence(document.headline) == "This site fits. No single rule binds it."


def test_lower_bounds_are_never_shown_as_answers(study: Study) -> None:
    said = words(section(contents(study), "short"))
    assert "1 of 6 references could not be resolved and nobody knows the size of 1 digest, counted with 0 bytes" in said
    assert "at least 1.53 GB" in said
    layers = replace(study.plan.layers, sizes_unknown=0)
    known = of_plan(study, counts=replace(study.plan.counts, unresolved=()), layers=layers)
    assert "at least" not in words(section(known, "short"))
    assert "at least" not in words(section(known, "storage"))


def test_gb_and_gib_of_the_pvc_both_stand_there(study: Study) -> None:
    assert "The PVC offers 344 GB (320 GiB)" in words(section(contents(study), "storage"))
    storage = replace(study.plan.storage, claimed_bytes=None)
    assert "PVC's size is unknown" in words(section(of_plan(study, storage=storage), "storage"))


def test_a_pvc_of_nothing_is_no_division_by_zero(study: Study) -> None:
    storage = replace(study.plan.storage, claimed_bytes=0)
    assert "more than all of it" in words(section(of_plan(study, storage=storage), "storage"))


def test_rows_that_are_left_out_are_counted(study: Study) -> None:
    first = study.plan.layers.images[0]
    many = tuple(
        replace(first, reference=f"docker.io/library/app-{place:02}:1", size_bytes=place) for place in range(25)
    )
    said = words(section(of_plan(study, layers=replace(study.plan.layers, images=many)), "images"))
    assert "The 20 largest of 25 images" in said
    assert "app-24" in said
    assert "app-04:" not in said
    assert "5 more images of at most 4 B each are not shown; the JSON report lists all." in said


def test_layers_that_may_not_be_distributed_are_named(study: Study) -> None:
    layers = replace(study.plan.layers, foreign=("sha256:aa (win:1)", "sha256:bb (win:2)"))
    said = words(section(of_plan(study, layers=layers), "images"))
    assert "counted nowhere: sha256:aa (win:1), sha256:bb (win:2)." in said


def test_sizes_that_the_site_file_declares_are_named(study: Study) -> None:
    assert "corp.example/erp:9" in words(section(contents(study), "images"))


def test_a_site_without_internet_says_what_the_numbers_then_mean(study: Study) -> None:
    site = replace(study.plan.site, internet="none", internet_link=None)
    said = words(section(of_plan(study, site=site), "internet"))
    assert "no internet link is described, so times are unknown" in said
    assert "this is what it would take" in said
    linked = replace(study.plan.site, internet_link=Link(15_000_000))
    assert "at 15.0 Mbit/s" in words(section(of_plan(study, site=linked), "internet"))


def test_the_placement_that_is_unknown_is_counted(study: Study) -> None:
    assert "Where 2 images will run is unknown" in words(section(contents(study), "internet"))
    wire = study.plan.wire
    assert wire is not None
    known = of_plan(study, wire=replace(wire, images_of_unknown_placement=0))
    assert "unknown:" not in words(section(known, "internet"))


def test_assumptions_say_who_set_them_and_where_they_come_from(study: Study) -> None:
    part = section(contents(study), "assumptions")
    table = part.blocks[0]
    assert isinstance(table, Table)
    rows = {text_of(row[0]): [text_of(cell) for cell in row[1:]] for row in table.rows}
    assert rows["growth_per_year"][:2] == ["15 %", "site file"]
    assert rows["versions_kept"][:2] == ["2 versions", "site file"]
    assert rows["unpacked_ratio"][:2] == ["2.44 times", "default"]
    assert all(row[3] for row in rows.values())
    assert "timezone, deployment" in words(part)


def test_a_site_made_in_code_has_set_what_is_not_at_its_default(study: Study) -> None:
    site = replace(study.plan.site, file="", defaulted=())
    table = section(of_plan(study, site=site), "assumptions").blocks[0]
    assert isinstance(table, Table)
    assert [text_of(row[0]) for row in table.rows if row[2] == "site file"] == ["growth_per_year"]


def test_the_report_says_how_to_make_it_again(study: Study) -> None:
    said = words(section(contents(study), "reproduce"))
    for part in ("2026-09-01T08:00:00+00:00", f"sha256:{'ab' * 32}", "site.yaml", "edge-infra 1.4.2", "recording:rec"):
        assert part in said
    site = replace(study.plan.site, inputs=SiteFrom(), file="")
    assert "origin" in words(section(of_plan(study, site=site), "reproduce"))


def test_a_host_that_the_site_does_not_describe_is_listed_all_the_same(study: Study) -> None:
    hosts = (replace(study.plan.hosts[0], name="ghost", cpu_milli=None),)
    said = words(section(of_plan(study, hosts=hosts), "hosts"))
    assert "ghost" in said
    assert "unknown" in said


def test_no_path_of_this_machine_is_in_a_report(study: Study) -> None:
    home = "/home/eve/site"
    inputs = SiteFrom(profiles=(f"{home}/edge.json",), sources=("oci:/mnt/stick/tree",))
    site = replace(study.plan.site, file=f"{home}/site.yaml", inputs=inputs)
    finding = Finding(
        "profile.misspelt-key", Verdict.FAIL, f"{home}/edge.json: odd, see {home}/readme", where="/mnt/stick/tree"
    )
    document = of_plan(study, site=site, findings=(finding,))
    said = "\n".join(words(part) for part in document.sections)
    assert "/home" not in said
    assert "/mnt" not in said
    assert "edge.json: odd" in said
    assert "oci:tree" in said
