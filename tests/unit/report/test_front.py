"""What whoever hands a report over puts on it, and what is replaced for whoever reads it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import docx
import openpyxl
import pytest

from regplan.errors import InputError
from regplan.model.finding import Finding, Verdict
from regplan.report.front import Front, read_logo
from regplan.report.redacting import read_redactions, redacted
from regplan.report.render import KINDS, render
from unit.report.test_docx import PNG

if TYPE_CHECKING:
    from regplan.model.plan import Study


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


def test_a_logo_is_a_png_or_jpeg_of_at_most_two_megabytes() -> None:
    assert read_logo(PNG, "a.png").media_type == "image/png"
    with pytest.raises(InputError, match=r"logo.svg: a logo is a PNG or JPEG file"):
        read_logo(b"<svg/>", "logo.svg")
    with pytest.raises(InputError, match="at most 2 MB"):
        read_logo(PNG + bytes(2_000_000), "a.png")
