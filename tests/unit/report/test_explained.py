"""Every number of a plan document can be explained, and its formula, evaluated by others, gives the number."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

import regplan
from independent.arithmetic import gives, numbers, read_lines
from regplan.errors import InputError
from regplan.model.formula import Formula, Input
from regplan.report.document import json_text, plan_document
from regplan.report.explained.answers import answer, keys_document
from regplan.report.explained.lines import lines_text
from regplan.report.explained.steps import Book
from regplan.report.received import read_plan
from regplan.verbs.explaining import explain, explain_in
from unit.report.samples import make_study
from unit.report.test_received import CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

SITES = ("site.yaml", "site-single.yaml")


@cache
def demo(site: str) -> Any:
    return json.loads(json_text(plan_document(regplan.plan_site(regplan.demo_site().with_name(site)))))


def documents() -> Iterator[Any]:
    yield from (demo(site) for site in SITES)
    for change in (lambda study: study, *CHANGES):
        yield json.loads(json_text(plan_document(change(make_study()))))


def test_every_number_of_a_plan_document_is_explained() -> None:
    for document in documents():
        book = Book(document)
        for path, value in numbers(document):
            found = answer(book, path)

            assert found is not None, path
            assert found.document["value"] == value, path
            assert found.document["means"] or found.document["formulas"], f"nothing is told of {path}"
            assert found.document["formulas"] or (found.document["provenance"] and found.document["source"]), path
            assert found.document["unit"] or path.rpartition(".")[2] in {"count", "images_of_unknown_placement"}, path


def test_of_all_findings_the_one_that_binds_is_told_to_bind() -> None:
    """Of the store's three hosts node-3 alone is short of memory; the single host passes everything."""
    blocks = []
    for site in SITES:
        book = Book(demo(site))
        for rule in dict.fromkeys(each["rule"] for each in book.document["findings"]):
            found = answer(book, rule)
            assert found is not None
            blocks += lines_text(found.explanation.lines, None).split("\n\n")

    (binding,) = [each for each in blocks if "this is what binds the plan" in each]
    assert "! MARGINAL" in binding
    assert "where      node-3" in binding


def test_what_is_no_number_says_what_it_would_be_and_who_tells_it() -> None:
    book = Book(demo("site.yaml"))

    def told(key: str) -> dict[str, str]:
        found = answer(book, key)
        assert found is not None
        return dict(found.explanation.lines)

    assert told("outlook.full_month")["value"] == "null: not within ten years"
    assert "--media SIZE" in told("media")["means"]
    assert "--sensitivity" in told("sensitivity")["means"]
    assert told("values") == {"means": "no number stands here; `regplan plan SITE -o json` writes what does"}


def test_the_formulas_that_explain_prints_give_the_numbers_that_it_prints() -> None:
    for document in documents():
        book = Book(document)
        reckoned = 0
        for path, value in numbers(document):
            found = answer(book, path)
            assert found is not None
            formulas: Any = found.document["formulas"]
            assert all(gives(each, each["value"]) for each in formulas), path
            if formulas:
                reckoned += 1
                assert gives(formulas[0], value), path
        assert reckoned > 10


def test_the_text_has_the_same_formulas_as_the_document() -> None:
    book = Book(demo("site.yaml"))
    for path, value in numbers(book.document):
        found = answer(book, path)
        assert found is not None
        read = read_lines(lines_text(found.explanation.lines))
        told: Any = found.document["formulas"]

        assert [each["expression"] for each in read] == [each["expression"] for each in told]
        assert all(gives(each, each["value"]) for each in read), path
        assert not read or gives(read[0], value)


def test_the_documents_own_formulas_give_its_numbers() -> None:
    for document in documents():
        at = dict(numbers(document))
        assert document["formulas"]
        for path, formula in document["formulas"].items():
            assert gives(formula, formula["value"]), path
            if path in at:
                assert gives(formula, at[path]), path
            for each in formula["inputs"]:
                assert "path" not in each or at[each["path"]] == each["value"]


def test_an_input_that_is_reckoned_is_followed_and_told_once() -> None:
    found = explain_in(Book(demo("site.yaml")), "wire.saved_ratio")
    paths = [each["path"] for each in formulas_of(found)]

    assert paths[0] == "wire.saved_ratio"
    assert sorted(paths) == sorted(set(paths))
    assert {"wire.saved_bytes", "wire.direct_bytes", "wire.primary_bytes"} <= set(paths)
    assert sum("reckoned below" in text for _, text in found.explanation.lines) >= 3


def formulas_of(found: Any) -> list[dict[str, Any]]:
    formulas: list[dict[str, Any]] = found.document["formulas"]
    return formulas


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("hosts[0].image_bytes", "hosts[0].image_bytes"),
        ("hosts.node-3.memory_bytes", "hosts[2].memory_bytes"),
        ("storage.terms.uploads", "storage.terms[{terms:uploads}].bytes"),
        ("free_space", "storage.terms[{terms:free_space}].bytes"),
        ("assumptions.free_space", "assumptions[{assumptions:free_space}].value"),
        ("layers.docker.io/library/nginx:1.30.5.size_bytes", None),
        ("wire.host_bytes.node-2", "wire.host_bytes.node-2"),
        ("simulation.primary.boot_s.max", "simulation[1].boot_s.max"),
    ],
)
def test_what_a_list_holds_goes_by_its_index_or_by_its_name(key: str, path: str | None) -> None:
    document = demo("site.yaml")

    found = explain_in(Book(document), key).document

    if path is None:
        row = next(each for each in document["layers"] if f".{each['reference']}." in key)
        assert found["value"] == row["size_bytes"]
    else:
        lists = {"terms": document["storage"]["terms"], "assumptions": document["assumptions"]}
        for name, rows in lists.items():
            for place, row in enumerate(rows):
                path = path.replace(f"{{{name}:{row['key']}}}", str(place))
        assert found["path"] == path
        assert found["value"] == dict(numbers(document))[path]


def test_a_name_with_dots_is_found_whole() -> None:
    document = copy.deepcopy(demo("site.yaml"))
    document["wire"]["host_bytes"] = {"node.a": 7, "node.a.example": 9}

    assert explain_in(Book(document), "wire.host_bytes.node.a.example").document["value"] == 9
    assert "node.a.example" in str(explain_in(Book(document), "wire.host_bytes.node.a.example").document["means"])


def test_a_rule_is_explained_with_its_row_and_every_finding_of_it() -> None:
    found = explain_in(Book(demo("site.yaml")), "host.memory")
    text = lines_text(found.explanation.lines)
    told: Any = found.document

    assert [each["where"] for each in told["findings"]] == ["node-1", "node-2", "node-3"]
    assert told["rule"]["since"] == "agent 4.6.13"
    for said in (
        "compares   each host's `memory` with the documented minimum",
        "reading    decimal",
        "have       7.80 GB = 7.26 GiB = 7,800,000,000 B",
        "need       8.00 GB = 7.45 GiB = 8,000,000,000 B",
        "unit       bytes",
        "fix        Give node-3 at least 8 GB of memory.",
    ):
        assert said in text, said


def test_a_rule_that_found_nothing_tells_its_row_and_says_so() -> None:
    found = explain_in(Book(demo("site.yaml")), "storage.differs")

    assert found.document["findings"] == []
    assert "nothing of this site" in lines_text(found.explanation.lines)


def test_one_finding_goes_by_its_place() -> None:
    document = demo("site.yaml")
    found: Any = explain_in(Book(document), "findings[1]").document

    assert found["findings"][0]["rule"] == document["findings"][1]["rule"]


def test_an_assumption_names_the_key_that_sets_it() -> None:
    found = explain_in(Book(demo("site.yaml")), "assumptions.unpacked_ratio")

    assert found.document["set_by"] == "assumptions.unpacked_ratio"
    assert ("set by", "assumptions.unpacked_ratio in the site file") in found.explanation.lines


def test_a_part_lists_the_numbers_within_it() -> None:
    found: Any = explain_in(Book(demo("site.yaml")), "upgrade").document

    assert [each["path"] for each in found["keys"]] == [
        f"upgrade.{key}_bytes" for key in ("kept", "new", "dropped", "peak")
    ]


@pytest.mark.parametrize("key", ["verdict", "site.name", "referrers"])
def test_what_is_no_number_says_so(key: str) -> None:
    document = demo("site.yaml")

    assert explain_in(Book(document), key).document["value"] == document[key] if "." not in key else "store-0421"


def test_a_mistaken_key_is_told_what_comes_near() -> None:
    study = make_study()

    with pytest.raises(InputError, match=r"did you mean storage\.required_bytes"):
        explain(study, "storage.requird_bytes")
    with pytest.raises(InputError, match=r"did you mean .*host\.memory"):
        explain(study, "host.memry")
    with pytest.raises(InputError, match="lists every key"):
        explain(study, "§§§")
    with pytest.raises(InputError, match=r"\(nothing\)"):
        explain(study, "  ")
    with pytest.raises(InputError):
        explain(study, "hosts[99999999999999999999].cpu_milli")


def test_every_key_that_is_listed_can_be_explained() -> None:
    book = Book(demo("site.yaml"))
    keys: Any = keys_document(book)["keys"]

    assert {each["kind"] for each in keys} == {"rule", "term", "number"}
    assert [each["key"] for each in keys if answer(book, each["key"]) is None] == []
    assert [each["key"] for each in keys if each["kind"] == "number"] == [path for path, _ in numbers(book.document)]


def test_a_plan_that_was_read_back_is_explained_as_it_was() -> None:
    document = demo("site.yaml")
    back = read_plan(json.dumps(document).encode(), "docker://r.example/p:1")
    made, received = Book(document), Book(plan_document(back.study))

    for path, _ in numbers(document):
        ours, theirs = answer(made, path), answer(received, path)
        assert ours is not None
        assert theirs is not None
        assert ours.explanation == theirs.explanation


def test_a_formula_from_elsewhere_is_shown_and_never_evaluated() -> None:
    document = copy.deepcopy(demo("site.yaml"))
    evil = "9**9**9**9"
    document["formulas"]["storage.required_bytes"] = {
        "key": "required_bytes", "expression": evil, "inputs": [], "unit": "bytes", "value": 5,
    }  # fmt: skip

    shown = read_plan(json.dumps(document).encode(), "docker://r.example/p:1")
    text = lines_text(explain(shown.study, "storage.required_bytes").explanation.lines)

    assert evil in text
    assert "the document says" in text


def test_a_document_of_an_older_version_is_explained_by_its_numbers_alone() -> None:
    document = copy.deepcopy(demo("site.yaml"))
    del document["formulas"]
    for key in (
        "early_bytes",
        "host_images",
        "content_bytes",
        "content_images",
        "direct_low_bytes",
        "direct_high_bytes",
    ):
        del document["wire"][key]

    found = explain_in(Book(document), "wire.saved_bytes")

    assert formulas_of(found)[0]["expression"] == "direct_bytes - primary_bytes"
    assert all(answer(Book(document), path) is not None for path, _ in numbers(document))


def test_numbers_that_their_formula_does_not_give_are_not_said_to_come_from_it() -> None:
    document = copy.deepcopy(demo("site.yaml"))
    del document["formulas"]
    document["upgrade"]["peak_bytes"] += 1

    assert formulas_of(explain_in(Book(document), "upgrade.peak_bytes")) == []


def test_formulas_less_than_double_a_document() -> None:
    document = demo("site.yaml")
    without = {key: value for key, value in document.items() if key != "formulas"}

    assert len(json_text(document)) < 2 * len(json_text(without))


def test_a_formula_of_a_plan_is_found_at_its_number_and_others_link_to_it() -> None:
    study = make_study()
    from dataclasses import replace

    version = Formula(
        "version", "ceil(version_delta * live)", (Input("version_delta", 0.35, "ratio", "assumed"), Input("live", 100))
    )
    kept = Formula("kept", "further * version", (Input("further", 2, "versions", "assumed"), Input("version", 35)))
    finding = replace(
        study.plan.findings[0],
        measured=70,
        required=35,
        formulas=(replace(version, key="required"), version, replace(kept, key="measured")),
    )
    plan = replace(study.plan, findings=(finding, *study.plan.findings[1:]))

    document = plan_document(replace(study, plan=plan))
    formulas: Any = document["formulas"]
    found = explain_in(Book(document), "findings[0].measured")

    assert formulas["findings[0].measured"]["expression"] == "further * version"
    assert formulas["findings[0].version"]["value"] == 35
    assert [each["path"] for each in formulas_of(found)] == ["findings[0].measured", "findings[0].version"]
    assert ("set by assumptions.version_delta" in lines_text(found.explanation.lines)) is True
    assert explain_in(Book(document), "findings[0].version").document["value"] == 35


def test_an_image_as_a_whole_tells_what_it_shares_with_which() -> None:
    document = demo("site.yaml")
    family = document["families"][0]
    place = next(n for n, each in enumerate(document["layers"]) if each["reference"] == family["images"][0])

    text = lines_text(explain_in(Book(document), f"layers[{place}]").explanation.lines)

    assert f"digest    {document['layers'][place]['digest']}" in text
    assert "removing the image frees it" in text
    assert all(name in text for name in family["images"][1:])
    assert read_lines(text)[0]["value"] == document["layers"][place]["size_bytes"]


def test_an_image_that_is_unresolved_tells_why_and_who_names_it() -> None:
    found = explain(make_study(), "images.unresolved[0]")

    assert dict(found.explanation.lines)["why"].startswith("404")
    assert ("named in", "edge-infra > addon/thing > pack.content.images[0]") in found.explanation.lines


@pytest.mark.parametrize("part", ["size", "shared", "unique"])
def test_the_digests_behind_an_images_number_add_up_to_it(part: str) -> None:
    study = regplan.plan_site(regplan.demo_site())
    for place, row in enumerate(study.plan.layers.images[:12]):
        found: Any = explain(study, f"layers[{place}].{part}_bytes").document
        digests = found["digests"]

        assert sum(each["size_bytes"] or 0 for each in digests) == getattr(row, f"{part}_bytes")
        assert len({each["digest"] for each in digests}) == len(digests)
        assert part == "shared" or str(row.digest) in {each["digest"] for each in digests}


def test_the_digests_of_the_whole_set_add_up_to_it_and_are_listed() -> None:
    study = regplan.plan_site(regplan.demo_site())
    found = explain(study, "storage.unique_bytes")
    digests: Any = found.document["digests"]

    assert sum(each["size_bytes"] or 0 for each in digests) == study.plan.layers.unique_bytes
    assert f"{len(digests)} distinct digests" in repr(found)
    assert all(each["digest"] in repr(found) for each in digests)
    assert "digests" not in explain(study, "wire.saved_bytes").document


def test_the_images_that_dominate_by_fair_share_are_added_up() -> None:
    document = demo("site.yaml")
    found = formulas_of(explain_in(Book(document), "dominating[0].bytes"))

    assert len(found[0]["inputs"]) == document["dominating"][0]["count"]
    assert gives(found[0], document["dominating"][0]["bytes"])


def test_what_is_unpacked_is_reckoned_from_what_is_measured_and_what_is_not() -> None:
    found = formulas_of(explain_in(Book(demo("site.yaml")), "unpacked.bytes"))

    assert found[0]["expression"] == "measured_bytes + ceil(compressed_bytes * ratio)"


@pytest.mark.parametrize(
    "key", ["hosts.node-1.unpacked_bytes", "hosts.node-1.unpacked_high_bytes", "layers[0].unpacked_bytes"]
)
def test_what_a_host_and_an_image_unpack_is_reckoned_from_the_same(key: str) -> None:
    told: Any = explain_in(Book(demo("site.yaml")), key).document
    (formula,) = [each for each in told["formulas"] if each["path"] == told["formulas"][0]["path"]]

    assert formula["expression"] == "unpacked_measured_bytes + ceil(unpacked_compressed_bytes * unpacked_ratio)"
    assert gives(formula, told["value"])
    # The demo's recording has no layers, so that the ratio is assumed of all of them.
    assert {each["name"]: each["value"] for each in formula["inputs"]}["unpacked_measured_bytes"] == 0
