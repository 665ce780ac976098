from __future__ import annotations

import pytest

from regplan.model.profile import Provenance, UseStatus
from regplan.oci.reference import Reference
from regplan.profile.macros import Scope
from regplan.profile.mention import image_use, may_be_same, tells_same

WHERE = Provenance("values.yaml", key="pack.content.images[0]")
DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("quay.io/a/b:1  ", "quay.io/a/b:1"),
        ("container://us-docker.pkg.dev/a/b:v1", "us-docker.pkg.dev/a/b:v1"),
        ("docker://nginx:1", "docker.io/library/nginx:1"),
        ("OCI://localhost:5000/a:1", "localhost:5000/a:1"),
        ('"ghcr.io/a/b:1"', "ghcr.io/a/b:1"),
        (f"ghcr.io/a/b@{DIGEST}", f"ghcr.io/a/b@{DIGEST}"),
        (f"ghcr.io/a/b:1@{DIGEST}", f"ghcr.io/a/b:1@{DIGEST}"),
        ("{{.spectro.var.Uri}}", "quay.io/os/ubuntu:24"),
    ],
)
def test_every_public_form_of_a_reference_is_read(written: str, meant: str) -> None:
    use = image_use(written, WHERE, Scope({"Uri": "container://quay.io/os/ubuntu:24"}))
    assert (str(use.reference), use.text, use.problem) == (meant, written, "")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "no image is named here"),
        ("  ", "no image is named here"),
        ("{{.spectro.var.Nobody}}", "the variable Nobody has no value"),
        ("us-docker.pkg.dev/a/b:v<versionNumber>", "is not an image reference"),
        ("https://registry.corp/a:1", "is not an image reference"),
    ],
)
def test_what_is_no_reference_is_kept_with_its_problem(written: str, problem: str) -> None:
    use = image_use(written, WHERE, status=UseStatus.MISSING)
    assert (use.reference, use.text, use.provenance, use.status) == (None, written, WHERE, UseStatus.MISSING)
    assert problem in use.problem


@pytest.mark.parametrize(
    ("listed", "used", "same"),
    [
        ("a:1", "a:1", True),
        ("a:1", "a:2", False),
        ("a:1", "b:1", False),
        (f"a@{DIGEST}", f"a:1@{DIGEST}", True),
        (f"a:1@{DIGEST}", f"a:1@{OTHER}", False),
        ("a:1", f"a:1@{DIGEST}", True),
        (f"a@{DIGEST}", "a:1", False),
    ],
)
def test_a_registry_serves_the_same_digest_or_else_the_same_tag(listed: str, used: str, *, same: bool) -> None:
    assert tells_same(Reference.parse(listed), Reference.parse(used)) is same


@pytest.mark.parametrize("text", ["NA", " N/A "])
def test_a_pack_that_says_na_names_no_image_and_needs_none(text: str) -> None:
    use = image_use(text, WHERE)
    assert (use.reference, use.is_counted, use.status) == (None, False, UseStatus.UNKNOWN)
    assert use.problem == f"it says {text.strip()}: no image"


def test_a_text_that_is_far_too_long_is_cut_and_said() -> None:
    use = image_use("a" * 1_000_000, WHERE)
    assert (use.reference, len(use.text)) == (None, 61)
    assert "2,000 characters" in use.problem


@pytest.mark.parametrize(
    ("listed", "used", "expected"),
    [
        (f"a@{DIGEST}", "a:1", True),
        ("a:1", f"a@{DIGEST}", True),
        ("a:1", f"b@{DIGEST}", False),
        ("a:1", f"a:1@{DIGEST}", False),
        (f"a@{DIGEST}", f"a@{OTHER}", False),
        ("a:1", "a:2", False),
    ],
)
def test_a_tag_and_a_digest_alone_leave_it_open_whether_they_are_one_image(
    listed: str, used: str, expected: bool
) -> None:
    assert may_be_same(Reference.parse(listed), Reference.parse(used)) is expected
