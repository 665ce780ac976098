from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.model.profile import ClusterProfile, Declarations, ImageUse, Provenance, UseStatus
from regplan.oci.reference import Reference
from regplan.report.document import images_document

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
