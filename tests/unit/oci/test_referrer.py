from __future__ import annotations

import json
from typing import Any

from regplan.oci.digest import Digest
from regplan.oci.manifest import parse_manifest
from regplan.oci.referrer import referrer_of

CONFIG = {"mediaType": "application/vnd.example.config", "digest": "sha256:" + "a" * 64, "size": 2}
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def described(**document: Any) -> tuple[str, str, int, dict[str, str]]:
    raw = json.dumps({"schemaVersion": 2, **document}).encode()
    digest = Digest.of(raw, "sha512")
    found = referrer_of(parse_manifest(raw), digest)
    assert found.digest == digest
    return found.media_type, found.artifact_type, found.size - len(raw), dict(found.annotations)


def test_an_artifact_type_is_told_with_the_annotations() -> None:
    told = described(mediaType=MANIFEST, artifactType="a/b", config=CONFIG, layers=[], annotations={"k": "v", "a": "b"})

    assert told == (MANIFEST, "a/b", 0, {"a": "b", "k": "v"})


def test_a_manifest_without_an_artifact_type_has_its_configs() -> None:
    assert described(mediaType=MANIFEST, config=CONFIG, layers=[]) == (MANIFEST, CONFIG["mediaType"], 0, {})


def test_an_index_without_an_artifact_type_has_none() -> None:
    assert described(mediaType=INDEX, manifests=[]) == (INDEX, "", 0, {})
