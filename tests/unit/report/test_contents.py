from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from regplan.model.finding import Finding, Verdict
from regplan.model.sensitivity import End, Swing
from regplan.model.site import Link, SiteFrom
from regplan.oci.platform import Platform
from regplan.report.cells import Code, Stack, sentence, text_of
from regplan.report.contents import contents
from regplan.report.sections import ChartBlock, Facts, Listing, Paragraph, Table

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
        elif isinstance(block, Facts):
            found += [f"{fact.label}: {text_of(fact.value)} ({sentence(fact.note)})" for fact in block.facts]
        elif isinstance(block, Listing):
            found += [block.title, block.about, block.text]
        else:
            table = block.numbers if isinstance(block, ChartBlock) else block
            found += [table.caption, *(text_of(cell) for row in table.rows for cell in row)]
    return "\n".join(found)


def of_plan(study: Study, **changes: Any) -> Document:
    return contents(replace(study, plan=replace(study.plan, **changes)))


def test_the_sections_come_in_the_order_in_which_they_are_read(study: Study) -> None:
    assert [part.key for part in contents(study).sections] == [
        "short", "findings", "unresolved", "storage", "upgrade", "images", "sharing", "hosts", "internet", "risks", "materials",
        "runbook", "assumptions", "explained", "every-image", "reproduce", "signatures",
    ]  # fmt: skip


def test_what_is_absent_has_no_section(study: Study) -> None:
    keys = [
        part.key for part in of_plan(study, upgrade=None, counts=replace(study.plan.counts, unresolved=())).sections
    ]
    assert "upgrade" not in keys
    assert "unresolved" not in keys


def tables(part: Section) -> list[Table]:
    return [block for block in part.blocks if isinstance(block, Table)]


def test_findings_to_act_on_stand_first_the_worst_first_and_what_is_met_last(study: Study) -> None:
    pressing, known, met = tables(section(contents(study), "findings"))
    assert [row[0] for row in pressing.rows] == [Verdict.INCOMPLETE, Verdict.MARGINAL]
    assert [row[0] for row in known.rows] == [Verdict.INFO]
    assert [table.folded for table in (pressing, known, met)] == [False, False, True]
    rules = [text_of(row[0]) for row in met.rows]
    assert rules == ["storage.minimum", "storage.claim", "host.memory", "host.memory", "version.agent"]


def test_a_finding_to_act_on_says_where_what_to_do_and_who_says_so(study: Study) -> None:
    _, marginal = tables(section(contents(study), "findings"))[0].rows
    *head, said = (text_of(cell) for cell in marginal)
    assert head == ["! MARGINAL", "host.memory node-3", "7.80 GB", "8.00 GB"]
    assert said.startswith("node-3 has 7.8 GB of memory. → add memory, or take another host. Source: Palette docs, ")


def test_what_is_met_names_its_source_by_number(study: Study) -> None:
    part = section(contents(study), "findings")
    assert [row[-1] for row in tables(part)[-1].rows] == ["[1]", "[2]", "[1]", "[1]", "[1]"]
    assert "Sources: [1] Palette docs, Deploy Cluster with a Primary Registry, Prerequisites; [2] sum." in words(part)


def test_columns_of_numbers_stand_only_where_there_are_numbers(study: Study) -> None:
    pressing, known, _ = tables(section(contents(study), "findings"))
    assert [column.title for column in pressing.columns] == ["Verdict", "Rule, and where", "Has", "Needs", "Finding"]
    assert [column.title for column in known.columns] == ["Verdict", "Rule, and where", "Finding"]


def test_what_stands_between_backticks_is_code(study: Study) -> None:
    finding = Finding("registry.gc", Verdict.INFO, "Nobody said `registry.gc`.", fix="Write `gc: default`.")
    row = tables(section(of_plan(study, findings=(finding,)), "findings"))[0].rows[0]
    assert isinstance(row[-1], Stack)
    assert [line.parts for line in row[-1].lines] == [
        ("Nobody said ", Code("registry.gc"), "."),
        ("→ ", "Write ", Code("gc: default"), "."),
    ]


def test_one_line_says_what_was_planned_and_when(study: Study) -> None:
    said = sentence(contents(study).about)
    assert said == (
        "edge-infra 1.4.2 · 3 Edge hosts · Zot as primary registry · appliance mode, managed locally · "
        "internet for planned transfers only, 20.0 Mbit/s · 2026-09-01 08:00 UTC"
    )


def test_many_profiles_are_counted_and_an_odd_date_stands_as_it_is(study: Study) -> None:
    profiles = tuple(replace(study.declarations.profiles[0], name=f"p{place}") for place in range(5))
    many = replace(study, declarations=replace(study.declarations, profiles=profiles))
    site = replace(study.plan.site, registry=None, internet="none", internet_link=None)
    said = sentence(of_plan(many, site=site, generated_at="yesterday").about)
    assert said.startswith("p0 1.4.2, p1 1.4.2, p2 1.4.2 and 2 more · ")
    assert said.endswith("no primary registry · appliance mode, managed locally · no internet · yesterday")


def test_the_key_figures_stand_beside_what_they_are_held_against(study: Study) -> None:
    said = words(section(contents(study), "short")).splitlines()
    for line in (
        "The registry must hold: at least 1.53 GB (at least 0.445 % of the PVC)",
        "The PVC offers: 344 GB (320 GiB)",
        "Images: 6 (4 resolved)",
        "Edge hosts: 3 (1 MARGINAL, 2 PASS)",
        "Internet at first bootstrap, without the registry: at least 823 MB (in 5 min 29 s)",
        "Saved on the internet link: 549 MB (66.7 %, between 549 MB and 639 MB)",
        "Checks: 8 (1 INCOMPLETE, 1 MARGINAL, 1 INFO, 5 PASS)",
    ):
        assert line in said


def test_without_a_pvc_and_a_link_the_figures_say_what_is_known(study: Study) -> None:
    storage = replace(study.plan.storage, claimed_bytes=None)
    said = words(section(of_plan(study, storage=storage, wire=None), "short"))
    assert "The PVC offers: unknown ()" in said
    assert "Internet" not in said


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


def test_a_plan_that_passes_says_where_there_is_least_to_spare(study: Study) -> None:
    document = of_plan(study, verdict=Verdict.PASS, binding_constraint=None)
    assert sentence(document.headline) == "This site fits. It has least to spare in host.memory at node-3."
    assert "What to do" not in words(section(document, "short"))
    bare = of_plan(study, verdict=Verdict.PASS, binding_constraint=None, findings=())
    assert sentence(bare.headline) == "This site fits."
    odd = of_plan(study, verdict=Verdict.FAIL, binding_constraint=None)
    assert sentence(odd.headline) == "This site does not fit. No single rule binds it."


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


def test_beside_the_need_stands_how_many_versions_it_counts_and_what_the_pvc_would_hold(study: Study) -> None:
    (storage,) = (section for section in contents(study).sections if section.key == "storage")
    told = " ".join(str(part) for block in storage.blocks if isinstance(block, Paragraph) for part in block.parts)

    assert "2 versions at once (registry.retention keeps 2): the claim holds 181 GB of live images." in told
    assert "What to claim: 300 GB" in told


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
    assert "for linux/amd64" in said
    assert "app-24" in said
    assert "app-04:" not in said
    assert "Not shown: 5 more images of at most 4 B each; the JSON report lists all." in said


def test_a_platform_is_a_column_only_where_there_are_several(study: Study) -> None:
    first = study.plan.layers.images[0]
    mixed = (first, replace(first, platform=Platform("linux", "arm64")))
    said = section(of_plan(study, layers=replace(study.plan.layers, images=mixed)), "images")
    assert {text_of(row[1]) for row in tables(said)[1].rows} == {"linux/amd64", "linux/arm64"}
    assert "for linux" not in words(said)


def test_an_unresolved_image_is_named_by_at_most_three_places(study: Study) -> None:
    named = replace(study.plan.counts.unresolved[0], provenance=("a", "b", "c", "d", "e"))
    said = words(section(of_plan(study, counts=replace(study.plan.counts, unresolved=(named,))), "unresolved"))
    assert said.endswith("Named by a Named by b Named by c and 2 more")


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
    assert "no registry every host pulls over the internet" in said
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
    assert all("Source: " in row[2] for row in rows.values())
    assert words(part).splitlines()[-1] == "Left out of the site file, so at their defaults: timezone, deployment."


def test_each_assumption_says_how_far_it_moves_the_need_where_that_was_asked_for(study: Study) -> None:
    ends = (End(0.05, 60_000_000_000, Verdict.PASS, None), End(0.15, 65_000_000_000, Verdict.PASS, None))
    swing = Swing("free_space", "share", "", "", ends[0], ends[1], replace(ends[1], required_bytes=75_000_000_000))
    table = section(of_plan(study, sensitivity=(swing,)), "assumptions").blocks[0]
    assert isinstance(table, Table)
    moved = {text_of(row[0]): text_of(row[3]) for row in table.rows}
    assert table.columns[3].title == "Moves the need by"
    assert moved["free_space"] == "15.0 GB"
    assert moved["warn_share"] == "not moved"


def test_a_site_made_in_code_has_set_what_is_not_at_its_default(study: Study) -> None:
    site = replace(study.plan.site, file="", defaulted=())
    table = section(of_plan(study, site=site), "assumptions").blocks[0]
    assert isinstance(table, Table)
    assert [text_of(row[0]) for row in table.rows if row[2] == "site file"] == ["growth_per_year"]


def test_the_report_says_how_to_make_it_again(study: Study) -> None:
    said = words(section(contents(study), "reproduce"))
    for part in (
        "2026-09-01T08:00:00+00:00",
        f"sha256:{'ab' * 32}",
        "regplan report site.yaml -O plan.html",
        "edge-infra 1.4.2",
        "recording:rec",
    ):
        assert part in said
    site = replace(study.plan.site, inputs=SiteFrom(), file="")
    bare = words(section(of_plan(study, site=site), "reproduce"))
    assert "origin" in bare
    assert "regplan report" not in bare


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
