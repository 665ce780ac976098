"""What refers to an image is seeded after it: signatures, SBOMs, and what refers to those."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError
from regplan.model.image import Blob, Referrer, Referrers
from regplan.plan.seeding import plan_seed
from regplan.seed.runner import apply_seed
from regplan.seed.survey import survey_plan
from unit.seed.samples import (
    INDEX,
    MANIFEST,
    MemorySource,
    MemoryTarget,
    all_blobs,
    digest_of,
    entry,
    inventory,
    make_image,
    make_index,
)

if TYPE_CHECKING:
    from regplan.model.image import ResolvedReference
    from regplan.model.seed import SeedPlan
    from regplan.oci.digest import Digest

pytestmark = pytest.mark.anyio

IMAGE, BLOBS = make_image([b"base", b"app"], "web")
REPOSITORY = "p/docker.io/library/web"


def artefact(subject: Digest, body: bytes, tag: str = "") -> tuple[Referrer, dict[Digest, bytes]]:
    """A manifest with one blob that refers to `subject`, as oras makes it."""
    config = b"{}"
    raw = encode(
        {"config": _entry(config), "layers": [_entry(body)], "subject": {**_entry(b""), "digest": str(subject)}}
    )
    found = tuple(Blob(digest_of(data), len(data)) for data in (config, body))
    made = Referrer(subject, digest_of(raw), MANIFEST, "application/spdx+json", len(raw), found, tag, raw)
    return made, {digest_of(data): data for data in (config, body)}


def encode(more: dict[str, Any]) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, **more}).encode()


def _entry(data: bytes) -> dict[str, Any]:
    return {"mediaType": "application/octet-stream", "digest": str(digest_of(data)), "size": len(data)}


SBOM, SBOM_BLOBS = artefact(IMAGE.digest, b"sbom")
OF_SBOM, OF_SBOM_BLOBS = artefact(SBOM.digest, b"signature of the sbom")
COSIGNED, COSIGN_BLOBS = artefact(IMAGE.digest, b"signed", tag=f"sha256-{IMAGE.digest.encoded}.sig")
SOURCE = MemorySource(all_blobs(BLOBS, SBOM_BLOBS, OF_SBOM_BLOBS, COSIGN_BLOBS))


def signed(*referrers: Referrer) -> ResolvedReference:
    return replace(entry("web:1", IMAGE), referrers=Referrers(referrers))


def plan(*referrers: Referrer) -> SeedPlan:
    return plan_seed(inventory(signed(*referrers)), "t", "p")


def test_each_is_one_more_manifest_with_blobs_of_its_own_after_its_subject() -> None:
    made = plan(SBOM, OF_SBOM, COSIGNED)

    assert [(put.digest, put.subject, put.tags) for put in made.manifests] == [
        (IMAGE.digest, None, ("1",)),
        (SBOM.digest, IMAGE.digest, ()),
        (COSIGNED.digest, IMAGE.digest, (COSIGNED.tag,)),
        (OF_SBOM.digest, SBOM.digest, ()),
    ]
    every = all_blobs(BLOBS, SBOM_BLOBS, OF_SBOM_BLOBS, COSIGN_BLOBS)
    assert (made.counts.referrers, made.counts.blobs) == (3, len(every))
    assert made.counts.blob_bytes == sum(len(data) for data in every.values())
    raws = [IMAGE.raw, SBOM.raw, OF_SBOM.raw, COSIGNED.raw]
    assert made.counts.unique_bytes == made.counts.blob_bytes + sum(len(raw) for raw in raws if raw)


def test_what_nobody_looked_for_is_not_seeded() -> None:
    assert [put.digest for put in plan_seed(inventory(entry("web:1", IMAGE)), "t", "p").manifests] == [IMAGE.digest]


def test_what_refers_to_an_index_of_which_one_image_is_copied_is_left_out_and_told() -> None:
    arm, _ = make_image([b"arm"], platform="linux/arm64")
    of_index, _ = artefact(make_index([IMAGE, arm]).digest, b"of the index")

    made = plan(SBOM, of_index)

    assert [put.digest for put in made.manifests] == [IMAGE.digest, SBOM.digest]
    [told] = made.orphans
    assert str(of_index.digest) in told
    assert "not copied" in told


def test_an_index_that_refers_to_an_image_follows_what_it_lists() -> None:
    part, part_blobs = artefact(IMAGE.digest, b"part")
    raw = json.dumps(
        {"schemaVersion": 2, "mediaType": INDEX, "subject": {"mediaType": MANIFEST, "digest": str(IMAGE.digest), "size": 1},
         "manifests": [{"mediaType": MANIFEST, "digest": str(part.digest), "size": part.size}]}
    ).encode()  # fmt: skip
    index = Referrer(IMAGE.digest, digest_of(raw), INDEX, "", len(raw), raw=raw)
    listed = replace(part, subject=index.digest)

    made = plan(index, listed)

    assert [(put.digest, put.children, put.subject) for put in made.manifests[1:]] == [
        (index.digest, (part.digest,), IMAGE.digest),
        (part.digest, (), None),
    ]
    assert part_blobs


def test_referrers_of_which_only_sizes_are_known_are_refused() -> None:
    with pytest.raises(InputError, match="only its sizes are known"):
        plan(replace(SBOM, raw=None))


@pytest.mark.parametrize("is_there", [False, True])
async def test_a_signature_is_never_there_before_its_image(*, is_there: bool) -> None:
    target = MemoryTarget()
    if is_there:
        await apply_seed(await survey_plan(plan(), target), SOURCE, target)
    made = plan(OF_SBOM, SBOM, COSIGNED) if is_there else plan(SBOM, OF_SBOM, COSIGNED)

    result = await apply_seed(await survey_plan(made, target), SOURCE, target)

    assert result.verified
    puts = [name for verb, repository, name in target.log if verb == "PUT" and repository == REPOSITORY]
    assert puts.index("1") < puts.index(str(SBOM.digest)) < puts.index(str(OF_SBOM.digest))
    assert puts.index("1") < puts.index(COSIGNED.tag)


async def test_an_image_that_is_refused_takes_its_signatures_with_it() -> None:
    target = MemoryTarget()
    target.fault = lambda verb, _, name: _refuse() if (verb, name) == ("PUT", "1") else None
    result = await apply_seed(await survey_plan(plan(SBOM), target), SOURCE, target)

    assert not result.verified
    assert not [name for verb, _, name in target.log if verb == "PUT" and name == str(SBOM.digest)]


async def test_a_second_run_asks_for_each_and_sends_nothing() -> None:
    target, made = MemoryTarget(), plan(SBOM, OF_SBOM, COSIGNED)
    await apply_seed(await survey_plan(made, target), SOURCE, target)
    target.log.clear()

    again = await apply_seed(await survey_plan(made, target), SOURCE, target)

    assert again.verified
    assert {verb for verb, _, _ in target.log} == {"HEAD"}
    assert len(target.log) == 4


def _refuse() -> None:
    from regplan.errors import Denied

    raise Denied("no", status=403)
