from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.errors import Unreachable
from regplan.model.image import Referrers
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store.cached import CachedSource
from regplan.store.referring import gather_referrers
from support import images
from support.content import Blob, Image, Index, encode
from support.referrers import SPDX, cosign_signature, cosign_tag, referrer
from unit.sources import DictSource

if TYPE_CHECKING:
    from support.content import Tree

pytestmark = pytest.mark.anyio

NAME, REPOSITORY = "docker.io/library/nginx:1", "docker.io/library/nginx"
APP = images.layer_twice()
SUBJECT = Digest.parse(APP.manifest.digest)


def signature(subject: Blob, size: int = 100) -> Image:
    return referrer(subject, "x/signature", size=size)


def descriptor(blob: Blob, kind: str = "", size: int | None = None) -> Descriptor:
    return Descriptor(
        blob.media_type, Digest.parse(blob.digest), blob.size if size is None else size, artifact_type=kind
    )


def source(*trees: Tree, tags: dict[str, Tree] | None = None) -> DictSource:
    tagged = {f"{REPOSITORY}:{tag}": tree for tag, tree in (tags or {}).items()}
    return DictSource({NAME: APP, **tagged, **{f"x/{number}": tree for number, tree in enumerate(trees)}})


async def gathered(asked: DictSource) -> Referrers:
    return await gather_referrers(Reference.parse(NAME), CachedSource(asked), [SUBJECT])


def kinds(found: Referrers) -> list[tuple[str, str]]:
    assert found.problem == ""
    return [(str(each.digest), each.artifact_type) for each in found.found]


async def test_what_a_source_lists_is_read_with_what_refers_to_it() -> None:
    sbom = referrer(APP.manifest)
    signed = signature(sbom.manifest)
    asked = source(sbom, signed)
    asked.referring[SUBJECT] = (descriptor(sbom.manifest),)
    asked.referring[Digest.parse(sbom.manifest.digest)] = (descriptor(signed.manifest, "told/by-the-list"),)

    found = await gathered(asked)

    assert kinds(found) == [(sbom.manifest.digest, SPDX), (signed.manifest.digest, "told/by-the-list")]
    assert [each.subject for each in found.found] == [SUBJECT, Digest.parse(sbom.manifest.digest)]
    assert sum(blob.size or 0 for blob in found.found[0].content()) == sbom.manifest.size + sum(
        blob.size for blob in sbom.blobs()
    )


async def test_a_source_that_finds_no_tags_at_once_is_asked_for_each() -> None:
    signed, attested = cosign_signature(1), cosign_signature(2)
    asked = source(tags={cosign_tag(APP.manifest): signed, cosign_tag(APP.manifest, "att"): attested})

    found = await gathered(asked)

    assert [each.tag for each in found.found] == [cosign_tag(APP.manifest), cosign_tag(APP.manifest, "att")]
    assert kinds(found)[0][1] == "application/vnd.dev.cosign.simplesigning.v1+json"


async def test_a_source_that_answers_any_tag_with_its_only_image_has_no_signature() -> None:
    asked = source(tags={cosign_tag(APP.manifest, suffix): APP for suffix in ("sig", "att", "sbom")})

    assert (await gathered(asked)).found == ()


async def test_an_index_that_refers_to_an_image_brings_what_it_lists() -> None:
    parts = [images.layer_twice(seed=40), images.layer_twice(seed=50)]
    value = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [*(part.manifest.descriptor() for part in parts), parts[0].manifest.descriptor()],
        "subject": APP.manifest.descriptor(),
    }
    tree = Index(Blob("application/vnd.oci.image.index.v1+json", encode(value)), tuple(parts))
    asked = source(tree)
    asked.referring[SUBJECT] = (descriptor(tree.manifest),)

    found = await gathered(asked)

    assert [str(each.digest) for each in found.found] == [
        tree.manifest.digest,
        *(part.manifest.digest for part in parts),
    ]
    assert [each.subject for each in found.found] == [SUBJECT, *[Digest.parse(tree.manifest.digest)] * 2]
    assert found.found[0].artifact_type == ""


async def test_what_is_listed_and_not_there_takes_no_room() -> None:
    gone, sbom = signature(APP.manifest), referrer(APP.manifest)
    asked = source(sbom)
    asked.referring[SUBJECT] = (descriptor(gone.manifest), descriptor(sbom.manifest))

    assert kinds(await gathered(asked)) == [(sbom.manifest.digest, SPDX)]


async def test_a_source_that_fails_leaves_what_was_found_and_the_reason() -> None:
    asked = source()
    asked.failure = Unreachable("r.io did not answer")

    found = await gathered(asked)

    assert found == Referrers((), "r.io did not answer")


async def test_an_artefact_without_an_artifact_type_is_known_by_its_config_or_by_its_layer() -> None:
    def typed(config: str, layers: list[dict[str, object]]) -> Image:
        body = Blob(config, b"{}")
        value = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": body.descriptor(),
            "layers": layers,
            "subject": APP.manifest.descriptor(),
        }
        return Image(Blob("application/vnd.oci.image.manifest.v1+json", encode(value)), body, ())

    made = [typed("x/config", []), typed("application/vnd.oci.empty.v1+json", [Blob("x/layer", b"1").descriptor()])]
    made.append(typed("application/vnd.oci.empty.v1+json", []))
    asked = source(*made)
    asked.referring[SUBJECT] = tuple(descriptor(each.manifest) for each in made)

    assert [kind for _, kind in kinds(await gathered(asked))] == ["x/config", "x/layer", ""]


async def test_a_digest_that_makes_no_tag_is_asked_for_by_its_list_alone() -> None:
    asked = source()
    long = Digest.of(b"x", "sha512")

    found = await gather_referrers(Reference.parse(NAME), CachedSource(asked), [long])

    assert found == Referrers()
    assert asked.asked == [f"referrers of {REPOSITORY}@{long}"]


async def test_indexes_without_end_are_given_up() -> None:
    tree: Tree = images.layer_twice(seed=60)
    for number in range(12):
        value = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [tree.manifest.descriptor()],
            "subject": APP.manifest.descriptor(),
            "annotations": {"number": str(number)},
        }
        tree = Index(Blob("application/vnd.oci.image.index.v1+json", encode(value)), (tree,))
    asked = source(tree)
    asked.referring[SUBJECT] = (descriptor(tree.manifest),)

    assert "nested more than 6 deep" in (await gathered(asked)).problem
