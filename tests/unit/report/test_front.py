"""What whoever hands a report over puts on it, and what is replaced for whoever reads it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import docx
import openpyxl
import pytest

from regplan.errors import InputError
from regplan.model.finding import Finding, Verdict
from regplan.report.front import Front, read_logo
from regplan.report.portable import handed_over, walked
from regplan.report.redacting import read_redactions, redacted
from regplan.report.render import KINDS, render
from regplan.verbs.reports import write_report
from support.reports import hidden_in, read, squeezed
from unit.report.test_docx import PNG

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.plan import Study


DIGEST = f"sha256:{'cd' * 32}"


def text_of_report(study: Study, kind: str, front: Front | None = None) -> str:
    """Everything a reader can find in a file; of PDF, which is compressed, see test_pdf."""
    made = render(study, kind, front=front)
    if kind == "xlsx":
        cells = (cell.value for sheet in openpyxl.load_workbook(io.BytesIO(made)) for row in sheet for cell in row)
        return "\n".join(str(each) for each in cells)
    if kind == "docx":
        file = docx.Document(io.BytesIO(made))
        told = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
        return "\n".join([*told, *(each.text for each in file.paragraphs)])
    return made.decode()


READABLE = [kind for kind in KINDS if kind != "pdf"]


@pytest.mark.parametrize("kind", READABLE)
def test_the_names_for_a_cover_stand_in_every_format(study: Study, kind: str) -> None:
    front = Front("Example Retail", "Stores 2027", "A. Planner", "rev-3")

    said = text_of_report(study, kind, front)

    assert all(name in said for name in ("Example Retail", "Stores 2027", "A. Planner", "rev-3"))


@pytest.mark.parametrize("kind", ["docx", "pdf", "xlsx"])
def test_the_author_of_the_file_is_who_made_the_report_and_regplan_where_nobody_said(study: Study, kind: str) -> None:
    assert author_of(render(study, kind, front=Front(author="A. Planner \u202e<b>")), kind).startswith("A. Planner ")
    assert author_of(render(study, kind), kind).startswith("regplan")


@pytest.mark.parametrize("folder", ["/home/eve/retail", "customers/retail"])
def test_a_sentence_about_a_folder_of_the_site_file_tells_it_as_the_file_does(study: Study, folder: str) -> None:
    finding = Finding(
        "image.unresolved", Verdict.INCOMPLETE, f"a (recording:{folder}/rec has no facts), b", where="images"
    )
    inputs = replace(study.plan.site.inputs, sources=(f"recording:{folder}/rec/",))
    site = replace(study.plan.site, inputs=inputs, file=f"{folder}/site.yaml")
    there = handed_over(replace(study, plan=replace(study.plan, site=site, findings=(finding,))))

    told = json.loads(render(there, "json"))["findings"]

    assert [each["message"] for each in told] == ["a (recording:rec has no facts), b"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_format_tells_where_below_the_authors_folder_the_site_lay(study: Study, tmp_path: Path, kind: str) -> None:
    def moved(text: str) -> str:
        return text.replace("profiles/", "customers/retail/profiles/")

    site = replace(walked(study.plan.site, moved), file="customers/retail/site.yaml")
    there = replace(walked(study, moved), plan=replace(walked(study.plan, moved), site=site))
    assert "customers/retail/profiles/edge-infra.json" in str(json.loads(render(there, "json")))

    made = write_report(there, tmp_path / f"plan.{kind}").read_bytes()

    said = squeezed(hidden_in(kind, made) + read(kind, made))
    assert "customers" not in said
    assert kind in {"json", "xlsx"} or "regplanreportsite.yaml" in said


def author_of(made: bytes, kind: str) -> str:
    """Tell who a file's properties say has written it."""
    if kind == "pdf":
        found = re.search(r"<dc:creator>\s*<rdf:Seq>\s*<rdf:li>(.*?)</rdf:li>", hidden_in(kind, made), re.DOTALL)
        assert found is not None
        return found[1]
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        told = file.read("docProps/core.xml").decode()
    return told.partition("<dc:creator>")[2].partition("</dc:creator>")[0]


@pytest.mark.parametrize("kind", READABLE)
def test_whoever_signs_finds_the_profiles_digests_and_how_old_the_data_is(study: Study, kind: str) -> None:
    [profile] = study.declarations.profiles
    named = replace(study, declarations=replace(study.declarations, profiles=(replace(profile, digest=DIGEST),)))
    layers = replace(study.plan.layers, last_seen=("2026-08-01T08:00:00+00:00", "2026-08-30T08:00:00+00:00"))
    older = replace(named, plan=replace(study.plan, layers=layers))

    now, then = text_of_report(named, kind), text_of_report(older, kind)
    assert DIGEST in now
    assert "2026-08-01T08:00:00+00:00" in then
    if kind != "json":
        assert "as recording:rec had it when this was planned" in now.replace("`", "")
        assert "no source could be asked for 2 tags" in then


@pytest.mark.parametrize("kind", READABLE)
def test_hosts_and_registries_that_are_replaced_stand_in_no_format(study: Study, kind: str) -> None:
    hosts = [host.name for host in study.plan.site.hosts]
    registries = {entry.reference.registry for entry in study.inventory.entries}
    assert hosts
    assert registries

    said = text_of_report(redacted(study, ("hosts", "registries")), kind)

    for name in (*hosts, *registries):
        assert re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)", said) is None, name
    assert "host-1" in said


def test_the_same_name_stands_for_the_same_thing_and_numbers_stay(study: Study) -> None:
    before = json.loads(render(study, "json"))
    after = json.loads(render(redacted(study, ("hosts", "registries")), "json"))

    assert [each["name"] for each in after["hosts"]] == [
        f"host-{number}" for number in range(1, len(before["hosts"]) + 1)
    ]
    assert after["storage"] == before["storage"]
    assert [each["digest"] for each in after["layers"]] == [each["digest"] for each in before["layers"]]
    for old, new in zip(before["findings"], after["findings"], strict=True):
        assert (old["rule"], old["verdict"], old["measured"]) == (new["rule"], new["verdict"], new["measured"])


def test_addresses_are_replaced_and_versions_are_not(study: Study) -> None:
    said = "10.0.0.5:30003 and [fd00::1] answer, 10.0.0.5 again; chart v1.2.3.4 and 4.7.2 at 12:30:05"
    finding = Finding("registry.reach", Verdict.INFO, said)
    told = redacted(replace(study, plan=replace(study.plan, findings=(finding,))), ("addresses",))

    found = told.plan.findings[0].message
    assert found == "address-1:30003 and [address-2] answer, address-1 again; chart v1.2.3.4 and 4.7.2 at 12:30:05"


def test_hosts_in_keys_and_registries_that_only_a_text_names_are_replaced_too(study: Study) -> None:
    host = study.plan.site.hosts[0].name
    said = f"hosts.{host}.memory for only.example:5000/shop/web:1.0, see https://docs.example/web:1.0 and profiles.d/a.yaml"
    finding = Finding("host.memory", Verdict.INFO, said)
    told = redacted(replace(study, plan=replace(study.plan, findings=(finding,))), ("hosts", "registries"))

    found = re.sub(r"registry-\d+", "registry-n", told.plan.findings[0].message)
    assert (
        found
        == "hosts.host-1.memory for registry-n/shop/web:1.0, see https://docs.example/web:1.0 and profiles.d/a.yaml"
    )


def test_what_can_be_replaced_is_told_where_a_word_names_nothing() -> None:
    for text in ("host", "hosts,names", "", ","):
        with pytest.raises(InputError, match="hosts, addresses, registries"):
            read_redactions(text)


def test_a_word_that_names_nothing_to_replace_is_refused_in_code_too(study: Study, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="nothing that can be replaced is called 'host': name one or more of hosts, addr"
    ):
        write_report(study, tmp_path / "plan.md", redact=["host"])
    assert not (tmp_path / "plan.md").exists()


def test_a_logo_is_a_png_or_jpeg_of_at_most_two_megabytes() -> None:
    assert read_logo(PNG, "a.png").media_type == "image/png"
    with pytest.raises(InputError, match=r"logo.svg: a logo is a PNG or JPEG file"):
        read_logo(b"<svg/>", "logo.svg")
    with pytest.raises(InputError, match="at most 2 MB"):
        read_logo(PNG + bytes(2_000_000), "a.png")
