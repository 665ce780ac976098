"""Hostile names at every key of every input, in every field of every format: harmless, and whole."""

from __future__ import annotations

import io
import json
import re
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import openpyxl
import pytest

from cli.running import regplan
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.report.front import Front
from regplan.report.render import render
from regplan.report.words import tidy
from regplan.verbs.options import Options
from regplan.verbs.study import plan_site
from support.hostile import HOSTILE, leaves, site_files, with_leaf, write_site
from support.reports import KINDS, hidden_in, objects_in, page_of, read, squeezed, words_on_paper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from regplan.model.plan import Study

pytestmark = pytest.mark.slow

# What a terminal or an editor acts on, whatever the format; tabs and ends of lines lay out a text.
ACTIVE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]"
)
# Words of regplan's own, which choose what is said: none of them comes from a file.
CLOSED: Final = frozenset({
    "Admission.key", "Boot.name", "Boot.reason", "CarriedEvent.event", "CarriedEvent.topology", "Change.unit",
    "Container.pull_policy", "Descriptor.artifact_type", "Descriptor.media_type", "DiskNeed.backend",
    "DiskNeed.copies_known", "Dominance.by", "End.binding_constraint", "End.tightest", "ExpectedWay.topology",
    "ExpectedWay.parts", "Finding.op", "Finding.unit", "Finding.rule", "Fix.binding_constraint",
    "Formula.expression", "Formula.key", "Formula.unit", "Host.arch", "Host.role", "HostSurvival.event",
    "HostSurvival.registry", "Image.config_type", "Image.media_type", "Input.name", "Input.provenance", "Input.unit",
    "Life.cache", "Life.fallback", "Named.rule", "Named.unit", "OutageEffect.event", "OutageEffect.outage",
    "OutageEffect.topology", "PasteValue.form", "Placed.provenance", "Plan.binding_constraint", "Plan.generated_at",
    "Plan.inputs_digest", "Pulling.downloads_of", "RegistryPack.kind", "RegistrySettings.kind", "RegistrySpec.gc",
    "RegistrySpec.kind", "Scenario.cache", "Scenario.fallback", "SimulatedScenario.name", "Site.defaulted",
    "Site.deployment", "Site.edition", "Site.internet", "Site.management", "Site.palette_images", "Site.timezone",
    "Site.uploader", "StorageTerm.key", "StorageTerm.provenance", "Swing.key", "Swing.unit",
    "HostPlan.unpacked_provenance", "ImageSize.unpacked_provenance", "Unpacking.provenance",
    "WayOut.binding_constraint", "RegistrySpec.certificate_expires", "FleetSite.unit", "Forecast.bound", "HostShape.arch",
    "ManifestPut.media_type", "Phase.state", "Prospect.level", "RunItem.kind", "RunItem.problem", "RunItem.state",
})  # fmt: skip


# Reports with harmless names, each made once.
PLAIN: Final[dict[str, bytes]] = {}


def renamed(value: Any, change: Callable[[str], str], field: str = "") -> Any:
    """Give a value with every text of it changed that comes from a file, the same text in the same way everywhere."""
    if isinstance(value, Enum | Digest | Platform | Reference):
        return value
    if isinstance(value, str):
        return value if field in CLOSED or not value else change(value)
    if is_dataclass(value) and not isinstance(value, type):
        kind, keys = type(value).__name__, [each.name for each in fields(value) if each.init]
        return replace(value, **{key: renamed(getattr(value, key), change, f"{kind}.{key}") for key in keys})
    if isinstance(value, tuple | list | frozenset):
        told = [renamed(each, change, field) for each in value]
        return type(value)(*told) if hasattr(value, "_fields") else type(value)(told)
    if isinstance(value, dict):
        return {renamed(key, change, field): renamed(each, change, field) for key, each in value.items()}
    return value


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    site = write_site(tmp_path_factory.mktemp("site"), site_files())
    return plan_site(site, Options(fixes=True, sensitivity=True, life=True))


def numbered(value: Any, name: str) -> Any:
    """Give each text of a study a name, with a number by which it is found again."""
    numbers: dict[str, int] = {}
    return renamed(value, lambda text: f"{name} q{numbers.setdefault(text, len(numbers)):04d}z")


def front(name: str) -> Front:
    customer, project, author, revision = (f"{name} q{place}z" for place in range(9000, 9004))
    return Front(customer, project, author, revision)


def shown(kind: str, made: bytes, name: str) -> set[str]:
    """Tell by their numbers which texts stand whole in a report of a study whose texts are `name`."""
    text = squeezed(read(kind, made)).replace("_x005F_", "_")
    wanted = {"".join(json.loads(json.dumps(name)).split())} if kind == "json" else {squeezed(tidy(name))}
    # A letter that is in no font is told by its number.
    wanted |= {each.replace("\ufeff", "(U+FEFF)") for each in wanted}
    return {number for each in wanted for number in re.findall(rf"{re.escape(each)}q(\d{{4}})z", text)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_each_text_of_a_plan_stands_whole_and_harmless_in_the_report(study: Study, name: str, kind: str) -> None:
    if kind not in PLAIN:
        PLAIN[kind] = render(numbered(study, "plain"), kind, front=front("plain"))
    plain, hostile = PLAIN[kind], render(numbered(study, HOSTILE[name]), kind, front=front(HOSTILE[name]))

    expected = shown(kind, plain, "plain")
    assert len(expected) > (50 if kind == "xlsx" else 150)
    assert {"9000", "9003"} <= expected or kind == "xlsx"
    # A row of paper that is higher than a page goes on below the next page's head, which stands inside the name then.
    ends = shown(kind, hostile, HOSTILE[name][-60:]) if kind == "pdf" and name == "long" else set()
    lost = expected - shown(kind, hostile, HOSTILE[name])
    assert lost - ends == set()
    assert len(lost) < 4
    HARMLESS[kind](plain, hostile)


def same_page(kind: str) -> Callable[[bytes, bytes], None]:
    """Hold a page to the elements, attributes and addresses that it has with harmless names."""

    def check(plain: bytes, hostile: bytes) -> None:
        one, other = page_of(kind, plain), page_of(kind, hostile)
        assert other.elements.keys() <= one.elements.keys()
        assert other.elements["script", ()] == one.elements["script", ()]
        assert set(other.addresses) <= set(one.addresses)
        # The library that draws brings control characters of its own.
        acting = ACTIVE.findall(re.sub(r"<script>.*?</script>", "", hostile.decode(), flags=re.DOTALL))
        assert acting == []

    return check


def same_sheets(plain: bytes, hostile: bytes) -> None:
    """Hold a workbook to its own formulas, without a link."""
    books = [openpyxl.load_workbook(io.BytesIO(each)) for each in (plain, hostile)]
    formulas = [
        [f"{sheet.title}!{cell.coordinate}" for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
        for book in books
    ]
    assert formulas[0] == formulas[1]
    assert not any(cell.hyperlink for sheet in books[1] for row in sheet for cell in row)
    assert not re.search(r"externalLink|TargetMode=.External", hidden_in("xlsx", hostile))
    acting = ACTIVE.findall(read("xlsx", hostile))
    assert acting == []


def same_document(plain: bytes, hostile: bytes) -> None:
    """Hold a text document to its one field, the page's number, and to no link."""
    told = hidden_in("docx", hostile)
    assert re.findall(r"<w:instrText[^>]*>([^<]*)<", told) == ["PAGE"]
    assert re.search(r"<w:hyperlink|TargetMode=.External", told) is None
    acting = ACTIVE.findall(read("docx", hostile))
    assert acting == []
    assert told.count("<w:drawing>") == hidden_in("docx", plain).count("<w:drawing>")


def same_paper(plain: bytes, hostile: bytes) -> None:
    """Hold paper to words within its margins, and to nothing that does something."""
    for left, top, right, bottom, word in words_on_paper(hostile):
        assert 50 <= left < right <= 546, word
        assert 20 <= top < bottom <= 822, word
    assert re.findall(r"/(?:JavaScript|JS|URI|Launch|GoToR|OpenAction)\b", objects_in(hostile)) == []
    acting = ACTIVE.findall(read("pdf", hostile))
    assert acting == []
    assert plain.count(b"/EmbeddedFile") == hostile.count(b"/EmbeddedFile")


def same_values(_: bytes, hostile: bytes) -> None:
    """Hold JSON to texts on which no terminal acts, though they are the same once read."""
    acting = ACTIVE.findall(hostile.decode())
    assert acting == []


HARMLESS: Final[dict[str, Callable[[bytes, bytes], None]]] = {
    "docx": same_document,
    "html": same_page("html"),
    "json": same_values,
    "md": same_page("md"),
    "pdf": same_paper,
    "xlsx": same_sheets,
}

# All at once, for the many keys.
WORST: Final = f"={HOSTILE['markup']}{HOSTILE['acting']}"
# Keys whose text is the reader's own, and is taken as it is.
TAKEN: Final = {
    "site.yaml name", "site.yaml hosts 0 name", "site.yaml hosts 1 name", "site.yaml registry project",
    "site.yaml registry storage_class", "site.yaml variables Shop", "site.yaml system cluster.name",
    *(f"shop.json {key}" for key in ("metadata name", "spec version", "spec template type", "spec template cloudType")),
    *(
        f"shop.json spec template packs {place} {key}"
        for place in (0, 1)
        for key in ("name", "layer", "type", "tag", "version")
    ),
    "shop.json spec template packs 0 manifests 0 name",
}  # fmt: skip


def test_a_hostile_text_at_any_key_is_taken_or_refused_in_one_sentence_that_harms_nobody(tmp_path: Path) -> None:
    files, taken = site_files(), set()
    for way in leaves(files):
        said = regplan("plan", str(write_site(tmp_path, with_leaf(files, way, WORST))), "--offline")

        assert said.code in {0, 1, 2, 4}, (way, said.err)
        assert ACTIVE.findall(said.out + said.err) == [], way
        assert "internal error" not in said.err, way
        if said.code == 2:
            assert said.out == "", way
            assert said.err.startswith("regplan: "), way
        elif way[0] not in {"shop-next.json", "shop-old.json"}:
            taken.add(" ".join(map(str, way)))
    assert taken - {"rules/house.yaml title", "rules/house.yaml fix", "rules/house.yaml source"} == TAKEN


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "md"])
@pytest.mark.parametrize("verb", ["plan", "layers", "images", "simulate"])
def test_what_the_command_line_writes_of_hostile_files_acts_on_no_terminal(
    tmp_path: Path, verb: str, form: str
) -> None:
    files = site_files()
    for place, way in enumerate(leaves(files)):
        if " ".join(map(str, way)) in TAKEN:
            files = with_leaf(files, way, f"{WORST} {place}")
    site = write_site(tmp_path, files)

    said = regplan(verb, str(site), "--offline", "-o", form)

    assert said.code in {0, 1, 4}, said.err
    assert ACTIVE.findall(said.out + said.err) == []
    if form == "csv":
        assert [line for line in said.out.splitlines() if line.startswith(("=", "+", "@"))] == []
