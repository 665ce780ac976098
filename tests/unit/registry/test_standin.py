from __future__ import annotations

import json
from typing import Any

from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.registry.standin import referrer_of, standin_tag, with_referrer

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
SUBJECT = f"sha256:{'a' * 64}"


def manifest(**more: object) -> bytes:
    blob = {"mediaType": "application/vnd.config", "digest": f"sha256:{'b' * 64}", "size": 2}
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": blob, "layers": [], **more}).encode()


SIGNED = manifest(subject={"mediaType": MANIFEST, "digest": SUBJECT, "size": 7}, annotations={"by": "us"})


def listed(raw: bytes | None) -> Any:
    assert raw is not None
    return json.loads(raw)["manifests"]


def content(raw: bytes) -> Content:
    return Content(INDEX, Digest.of(raw), raw)


def test_a_manifest_that_refers_to_nothing_is_listed_nowhere() -> None:
    assert referrer_of(manifest(), MANIFEST) is None
    assert referrer_of(manifest(annotations={"about": 'a "subject"'}), MANIFEST) is None


def test_the_tag_is_the_subjects_digest_with_a_dash() -> None:
    referrer = referrer_of(SIGNED, MANIFEST)

    assert referrer is not None
    assert standin_tag(referrer) == f"sha256-{'a' * 64}"


def test_a_first_referrer_is_listed_with_its_kind_and_annotations() -> None:
    referrer = referrer_of(SIGNED, MANIFEST)
    assert referrer is not None

    [entry] = listed(with_referrer(None, referrer))

    assert entry == {
        "mediaType": MANIFEST,
        "digest": str(Digest.of(SIGNED)),
        "size": len(SIGNED),
        "artifactType": "application/vnd.config",
        "annotations": {"by": "us"},
    }


def test_what_others_have_listed_stays_as_it_is_and_nobody_is_listed_twice() -> None:
    referrer = referrer_of(SIGNED, MANIFEST)
    assert referrer is not None
    other = {"mediaType": MANIFEST, "digest": f"sha256:{'c' * 64}", "size": 9, "x": 1}
    before = json.dumps(
        {"schemaVersion": 2, "mediaType": INDEX, "manifests": [other], "annotations": {"kept": "yes"}}
    ).encode()

    after = with_referrer(content(before), referrer)

    assert after is not None
    assert listed(after)[0] == other
    assert json.loads(after)["annotations"] == {"kept": "yes"}
    assert with_referrer(content(after), referrer) is None


def test_what_is_no_list_is_replaced() -> None:
    referrer = referrer_of(SIGNED, MANIFEST)
    assert referrer is not None

    assert len(listed(with_referrer(content(b"[1]"), referrer))) == 1
