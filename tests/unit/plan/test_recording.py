from __future__ import annotations

from dataclasses import replace

import pytest

from regplan.model.image import Blob, Image, Inventory, KeptIndex, Referrer, Referrers, ResolvedReference
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_CONFIG, OCI_INDEX, OCI_MANIFEST
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.plan.recording import draft_recording


def digest(data: bytes) -> Digest:
    return Digest.of(data)


def image(name: bytes, architecture: str = "amd64") -> Image:
    config = Blob(digest(name + b" config"), len(name + b" config"))
    platform = Platform("linux", architecture)
    return Image(digest(name), OCI_MANIFEST, platform, len(name), config, (), "dict", OCI_CONFIG, raw=name)


def index(name: bytes, *children: Image | KeptIndex) -> KeptIndex:
    return KeptIndex(digest(name), OCI_INDEX, len(name), tuple(each.digest for each in children), name)


AMD64, ARM64 = image(b"amd64"), image(b"arm64", "arm64")
INNER = index(b"inner", AMD64, ARM64)
OUTER = index(b"outer", INNER)
NGINX = Reference.parse("nginx:1")
CHOSEN = ResolvedReference(NGINX, AMD64.digest, (AMD64,), passed=(ARM64, INNER, OUTER))
CONFIGS = {digest(b"amd64 config"): b"amd64 config", digest(b"other"): b"other"}


def test_a_reference_is_named_for_the_outermost_index_of_which_one_platform_was_chosen() -> None:
    (entry,) = draft_recording(Inventory((CHOSEN,)), {}).entries

    assert (entry.name, entry.digest, entry.media_type, entry.size) == (str(NGINX), OUTER.digest, OCI_INDEX, 5)


def test_everything_that_was_read_on_the_way_is_kept_once_in_the_order_of_digests() -> None:
    draft = draft_recording(Inventory((CHOSEN, replace(CHOSEN, reference=Reference.parse("nginx:2")))), CONFIGS)

    wanted = sorted([b"outer", b"inner", b"amd64", b"arm64", b"amd64 config"], key=digest)
    assert [content.data for content in draft.contents] == wanted
    assert draft.size_bytes == sum(map(len, wanted))
    assert [entry.name for entry in draft.entries] == ["docker.io/library/nginx:1", "docker.io/library/nginx:2"]


def test_an_index_that_is_kept_and_a_lone_image_are_named_for_themselves() -> None:
    whole = ResolvedReference(NGINX, INNER.digest, (AMD64, ARM64), (INNER,))
    lone = ResolvedReference(Reference.parse("alpine:3"), AMD64.digest, (AMD64,))

    draft = draft_recording(Inventory((whole, lone)), {})

    assert {entry.name: entry.digest for entry in draft.entries} == {
        "docker.io/library/nginx:1": INNER.digest,
        "docker.io/library/alpine:3": AMD64.digest,
    }


def test_an_image_without_its_manifest_is_a_fact_for_each_platform() -> None:
    known = tuple(replace(each, raw=None) for each in (AMD64, ARM64))

    draft = draft_recording(Inventory((ResolvedReference(NGINX, AMD64.digest, known),)), CONFIGS)

    assert (draft.entries, draft.contents) == ((), ())
    assert [(fact.reference, fact.image) for fact in draft.facts] == [(NGINX, each) for each in known]


@pytest.mark.parametrize(
    ("tag", "name"),
    [("", f"docker.io/library/nginx@{digest(b'sig')}"), ("sha256-1.sig", "docker.io/library/nginx:sha256-1.sig")],
)
def test_a_referrer_is_named_by_the_tag_that_it_was_found_by_or_by_its_digest(tag: str, name: str) -> None:
    signature = Referrer(AMD64.digest, digest(b"sig"), OCI_MANIFEST, "text/x", 3, (), tag, b"sig")
    entry = replace(CHOSEN, referrers=Referrers((signature,)))

    draft = draft_recording(Inventory((entry,)), {})

    (found,) = (each for each in draft.entries if each.digest == signature.digest)
    assert (found.name, found.artifact_type, found.size, found.subject) == (name, "text/x", 3, AMD64.digest)
    (top,) = (each for each in draft.entries if each.digest == OUTER.digest)
    assert set(top.subjects) == {AMD64.digest, INNER.digest, OUTER.digest, signature.digest}
    assert b"sig" in {content.data for content in draft.contents}


def test_where_not_all_referrers_are_known_a_recording_claims_to_know_none() -> None:
    entry = replace(CHOSEN, referrers=Referrers((), "the registry did not answer"))

    (top,) = draft_recording(Inventory((entry,)), {}).entries

    assert top.subjects == ()
