from __future__ import annotations

import pytest

from regplan.errors import InputError
from regplan.model.seed import ManifestPut
from regplan.oci.descriptor import Descriptor
from regplan.plan.expected import expected_of, names_in, only_for, with_expected
from regplan.plan.seeding import plan_verify
from unit.seed.samples import LAYER, MANIFEST, digest_of, entry, inventory, make_image

DIGEST = digest_of(b"manifest")


def document(**more: object) -> dict[str, object]:
    told = {
        "repository": "old/docker.io/library/app",
        "digest": str(DIGEST),
        "media_type": MANIFEST,
        "tags": ["1"],
        "references": ["docker.io/library/app:1"],
    }
    return {"kind": "seed", "target": "docker://10.0.0.5:30003/old", "expected": [told | more]}


def test_a_seed_document_tells_what_must_stand_under_the_project_that_is_looked_at() -> None:
    (put,) = expected_of(document(), "f.json", "new")

    assert put == ManifestPut(
        "new/docker.io/library/app", DIGEST, MANIFEST, b"", ("1",), (), (), ("docker.io/library/app:1",)
    )
    assert expected_of(document(repository="other/app"), "f.json", "new")[0].repository == "other/app"
    assert (
        expected_of({**document(), "target": "oci:/media"}, "f.json", "")[0].repository == "old/docker.io/library/app"
    )


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ([], "no seed document"),
        ({"kind": "plan"}, "no seed document"),
        ({"kind": "seed"}, "older version"),
        ({"kind": "seed", "expected": ["x"]}, r"expected\[0\] is not an object"),
        (document(repository=""), "'repository' is missing"),
        (document(digest="sha256:1"), "digest"),
        (document(tags="1"), "'tags' is not a list"),
        (document(references=[1]), "'references' is not a list"),
    ],
)
def test_what_is_no_seed_document_is_refused_with_its_key(broken: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        expected_of(broken, "f.json", "p")


def test_only_what_is_asked_for_is_kept() -> None:
    puts = expected_of(document(references=["docker.io/library/app:1", "docker.io/library/app:one"]), "f.json", "p")

    assert names_in(puts) == {"docker.io/library/app:1", "docker.io/library/app:one"}
    assert only_for(puts, {"docker.io/library/app:1"})[0].references == ("docker.io/library/app:1",)
    assert only_for(puts, set()) == ()


def test_what_was_written_down_is_added_to_what_is_resolved_and_what_both_have_stands_once() -> None:
    image, _ = make_image([b"layer"], "app")
    plan = plan_verify(inventory(entry("app:1", image)), "t", "p")
    again = ManifestPut(plan.manifests[0].repository, image.digest, MANIFEST, b"", ("1",), ())
    other = ManifestPut("p/other", DIGEST, MANIFEST, b"", ("1",), (digest_of(b"layer"),))
    layer = Descriptor(LAYER, digest_of(b"layer"), 5)

    merged = with_expected(plan, [again, other], [("p/other", layer)])

    assert [put.repository for put in merged.manifests] == [plan.manifests[0].repository, "p/other"]
    assert merged.manifests[0] is plan.manifests[0]
    places = {blob.descriptor.digest: blob.repositories for blob in merged.blobs}
    assert places[layer.digest] == (plan.manifests[0].repository, "p/other")
    assert len(places) == 2
