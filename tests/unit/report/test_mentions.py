from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.model.profile import ClusterProfile, Declarations, FoundBy, ImageUse, Provenance, UseStatus
from regplan.oci.reference import Reference
from regplan.report.document import images_document
from regplan.report.mentions import images_summary, named_in

if TYPE_CHECKING:
    from regplan.model.plan import Study

HERE = Provenance("a.json", "edge", "web", "addon", "pack.content.images[0]")


def rows(*uses: ImageUse) -> list[dict[str, Any]]:
    document: Any = images_document(Declarations(uses=uses))
    return list(document["images"])


def test_a_row_stands_for_every_mention_of_a_reference_however_it_was_written(study: Study) -> None:
    document: Any = images_document(study.declarations)
    nginx = [row for row in document["images"] if row["normalized"] == "docker.io/library/nginx:1.27"]
    assert len(nginx) == 1
    assert nginx[0]["reference"] == "docker.io/library/nginx:1.27"
    assert nginx[0]["provenance"] == [
        "edge-infra > addon/nginx > pack.content.images[0]",
        "edge-infra > addon/web > manifests[0]",
    ]


def test_a_text_that_is_no_reference_is_listed_with_its_problem(study: Study) -> None:
    document: Any = images_document(study.declarations)
    odd = next(row for row in document["images"] if row["normalized"] is None)
    assert odd["reference"] == "Not An Image"
    assert "not an image reference" in odd["problem"]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["missing", "listed"], "listed"),
        (["unused", "missing"], "listed"),
        (["only-if-enabled", "missing"], "missing"),
        (["only-if-enabled", "unknown"], "unknown"),
        (["only-if-enabled", "unused"], "unused"),
        (["unknown", "missing"], "missing"),
        (["unknown"], "unknown"),
        (["unused"], "unused"),
    ],
)
def test_the_status_of_a_row_is_the_one_that_all_mentions_together_have(statuses: list[str], expected: str) -> None:
    uses = [ImageUse("nginx", Reference.parse("nginx"), HERE, UseStatus(status)) for status in statuses]
    assert [row["status"] for row in rows(*uses)] == [expected]


def test_the_lints_of_the_declarations_stand_beside_the_images(study: Study) -> None:
    lint = Finding("profile.misspelt-key", Verdict.MARGINAL, "pack.content.image is not a key", where="a.json")
    document: Any = images_document(replace(study.declarations, findings=(lint,)))
    assert [each["rule"] for each in document["findings"]] == ["profile.misspelt-key"]


def test_no_folder_of_this_machine_is_in_the_provenance() -> None:
    where = Provenance("/home/eve/lists/images.txt", key="line 3")
    profile = ClusterProfile("edge", "1", "cluster", (), "/home/eve/edge.json")
    uses = (
        ImageUse("app", Reference.parse("home/eve"), where),
        ImageUse("b", Reference.parse("b"), Provenance("oci:/home/eve/tree")),
    )
    document: Any = images_document(Declarations((profile,), uses))
    assert [row["provenance"] for row in document["images"]] == [["images.txt > line 3"], ["oci:tree"]]
    assert document["images"][0]["normalized"] == "docker.io/home/eve:latest"


def test_every_mention_stands_with_all_that_is_known_of_it() -> None:
    where = Provenance("v.yaml", "edge", "web", "addon", "charts.web.image", "1.2", 7, FoundBy.VALUES)
    off = ImageUse(
        "nginx", Reference.parse("nginx"), where, UseStatus.ONLY_IF_ENABLED, enabled_by="charts.web.on: true",
        is_counted=False,
    )  # fmt: skip
    (row,) = rows(off)
    assert row["mentions"] == [
        {
            "file": "v.yaml", "line": 7, "profile": "edge", "pack": "web", "version": "1.2", "layer": "addon",
            "key": "charts.web.image", "found_by": "values", "status": "only-if-enabled", "counted": False,
            "enabled_by": "charts.web.on: true",
        }
    ]  # fmt: skip
    assert (row["counted"], row["enabled_by"]) == (False, ["charts.web.on: true"])
    assert row["provenance"] == ["v.yaml:7 > edge > addon/web 1.2 > charts.web.image"]


def test_a_row_counts_where_any_mention_does() -> None:
    named = ImageUse("nginx", Reference.parse("nginx"), HERE)
    (row,) = rows(ImageUse("nginx", Reference.parse("nginx"), HERE, UseStatus.UNKNOWN, is_counted=False), named)
    assert row["counted"] is True
    assert len(row["provenance"]) == len(row["mentions"]) == 2


def test_people_are_told_the_file_and_its_line_and_else_the_key() -> None:
    known = ImageUse("a", Reference.parse("a"), Provenance("v.yaml", "edge", "web", line=7))
    (row,) = rows(known, replace(known, provenance=HERE))
    assert named_in(row) == "v.yaml:7 (and 1 more)"
    (row,) = rows(replace(known, provenance=HERE))
    assert named_in(row) == "edge > addon/web > pack.content.images[0]"


def test_the_summary_counts_rows_by_status_and_leaves_out_what_is_not_there() -> None:
    told = [{"status": status} for status in ("listed", "missing", "unknown", "only-if-enabled", "unused", "missing")]
    assert images_summary(told) == (
        "6 images: 1 listed, 2 missing from the lists, 1 only if enabled, 1 unknown, 1 listed and unused"
    )
    assert images_summary(told[:1]) == "1 image: 1 listed"
    assert images_summary([]) == "0 images"


def test_files_of_a_pack_are_told_from_its_folder_on() -> None:
    uses = [
        ImageUse(name, Reference.parse(name), Provenance(f"/home/eve/packs/web-1.0/{path}", line=1))
        for name, path in (("a", "values.yaml"), ("b", "charts/web.tgz/web/templates/a.yaml"))
    ]
    told = Finding("profile.chart-not-read", Verdict.INFO, "/home/eve/packs/web-1.0/pack.json: no chart.")
    document: Any = images_document(
        Declarations(uses=tuple(uses), findings=(told,), folders=("/home/eve/packs/web-1.0",))
    )
    assert [row["mentions"][0]["file"] for row in document["images"]] == [
        "web-1.0/values.yaml",
        "web-1.0/charts/web.tgz/web/templates/a.yaml",
    ]
    assert document["findings"][0]["message"] == "web-1.0/pack.json: no chart."
    assert rows(uses[0])[0]["mentions"][0]["file"] == "values.yaml"


def test_files_of_an_archive_inside_a_tree_of_packs_are_told_from_the_tree_on() -> None:
    use = ImageUse("a", Reference.parse("a"), Provenance("/home/eve/packs/web.tgz/web/values.yaml", line=1))
    folders = ("/home/eve/packs", "/home/eve/packs/web.tgz", "/home/eve/pack")
    document: Any = images_document(Declarations(uses=(use,), folders=folders))
    assert document["images"][0]["mentions"][0]["file"] == "packs/web.tgz/web/values.yaml"


def test_the_first_line_of_a_profile_tells_nothing_so_that_people_are_told_the_key() -> None:
    use = ImageUse("a", Reference.parse("a"), replace(HERE, line=1))
    assert named_in(rows(use)[0]) == "edge > addon/web > pack.content.images[0]"


def test_people_are_told_what_switches_an_image_on() -> None:
    off = ImageUse(
        "a", Reference.parse("a"), Provenance("v.yaml", line=7), UseStatus.ONLY_IF_ENABLED,
        enabled_by="charts.web.on: true", is_counted=False,
    )  # fmt: skip
    assert named_in(rows(off)[0]) == "v.yaml:7, only with charts.web.on: true"
    listed = replace(off, status=UseStatus.LISTED, enabled_by="")
    assert named_in(rows(off, listed)[0]) == "v.yaml:7 (and 1 more)"


def test_the_summary_tells_how_many_texts_are_no_reference() -> None:
    lost = {"status": "listed", "problem": "not an image reference"}
    assert images_summary([{"status": "listed"}, lost]) == "2 images: 2 listed; 1 not understood"
