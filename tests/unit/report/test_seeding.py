from __future__ import annotations

import importlib
import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

from regplan.model.seed import BlobCopy, ManifestPut, SeedCounts, SeedDone, SeedPlan, SeedResult
from regplan.model.verifying import VerifyResult
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_INDEX, OCI_LAYER, OCI_MANIFEST
from regplan.report.document import json_text
from regplan.report.schema import seed_schema
from regplan.report.seeding import seed_document
from regplan.report.verifying import verify_document

# oras brings it; it has no types of its own.
jsonschema: Any = importlib.import_module("jsonschema")
LAYER = Descriptor(OCI_LAYER, Digest.of(b"layer"), 5)
PUT = ManifestPut(
    "spectro-images/docker.io/library/nginx",
    Digest.of(b"{}"),
    OCI_MANIFEST,
    b"{}",
    ("1.27",),
    (LAYER.digest,),
    references=("docker.io/library/nginx:1.27",),
)
PLAN = SeedPlan(
    "docker://10.0.0.5:30003/spectro-images",
    (PUT,),
    (BlobCopy(LAYER, (PUT.repository,), ("docker.io/library/nginx",)),),
    SeedCounts(1, 0, 1, 1, 5, 7, 7, 3, 1),
    ("sha256:f",),
)


def written(document: dict[str, object]) -> Any:
    return json.loads(json_text(document))


def test_a_dry_run_says_what_would_be_done_and_that_nothing_was() -> None:
    document = written(seed_document(PLAN))
    assert document["plan"] == {
        "manifests": 1, "tags": 0, "blobs": 1, "pairs": 1, "blob_bytes": 5, "unique_bytes": 7, "naive_bytes": 7,
        "requests_min": 3, "requests_probe": 1, "referrers": 0,
    }  # fmt: skip
    assert document["dry_run"]
    assert set(document["done"].values()) == {0}
    assert (document["failed"], document["verified"]) == ([], False)


def test_the_plan_is_told_as_data_blob_by_blob_and_manifest_by_manifest() -> None:
    signature = ManifestPut(
        PUT.repository, Digest.of(b"{ }"), OCI_MANIFEST, b"{ }", (), (LAYER.digest,), subject=PUT.digest
    )
    index = ManifestPut(PUT.repository, Digest.of(b"{  }"), OCI_INDEX, b"{  }", ("1",), (), (PUT.digest,))
    document = written(seed_document(replace(PLAN, manifests=(PUT, signature, index))))

    jsonschema.Draft202012Validator(seed_schema()).validate(document)
    layer, image, signed = (f"sha256:{sha256(raw).hexdigest()}" for raw in (b"layer", b"{}", b"{ }"))
    assert document["blobs"] == {
        layer: {
            "size_bytes": 5,
            "media_type": "application/vnd.oci.image.layer.v1.tar+gzip",
            "sources": ["docker.io/library/nginx"],
            "repositories": ["spectro-images/docker.io/library/nginx"],
        }
    }
    told = [
        [each[key] for key in ("size_bytes", "children", "blobs", "tags", "subject", "referrers")]
        for each in document["expected"]
    ]
    assert told == [
        [2, [], [layer], ["1.27"], None, [signed]],
        [3, [], [layer], [], image, []],
        [4, [image], [], ["1"], None, []],
    ]


def test_a_seeding_says_what_was_done_and_what_failed() -> None:
    done = SeedDone(1, 5, 0, 0, 0, 3, 1)
    document = written(seed_document(SeedResult(PLAN, done, ("nginx: 500",), ("nginx:1.27",), verified=False)))
    assert not document["dry_run"]
    assert document["done"]["uploaded_bytes"] == 5
    assert document["done"]["overhead_requests"] == 1
    assert document["failed"] == ["nginx: 500"]
    assert document["blocked"] == ["nginx:1.27"]
    assert written(seed_document(SeedResult(PLAN, done, verified=True)))["verified"]


def test_a_seed_document_holds_what_a_later_verify_expects() -> None:
    expected = written(seed_document(PLAN))["expected"]
    assert expected == [
        {
            "repository": PUT.repository,
            "digest": str(PUT.digest),
            "media_type": OCI_MANIFEST,
            "tags": ["1.27"],
            "references": ["docker.io/library/nginx:1.27"],
            "size_bytes": 2,
            "children": [],
            "blobs": [f"sha256:{sha256(b'layer').hexdigest()}"],
            "subject": None,
            "referrers": [],
        }
    ]


def test_seed_documents_keep_their_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(seed_schema())
    validator = jsonschema.Draft202012Validator(seed_schema())
    validator.validate(written(seed_document(PLAN)))
    validator.validate(written(seed_document(SeedResult(PLAN, SeedDone(), ("x",)))))
    broken = written(seed_document(PLAN))
    del broken["plan"]["requests_min"]
    assert not validator.is_valid(broken)


_PROMISED = {
    "schema_version", "kind", "target", "checked", "complete", "missing", "wrong", "equivalent", "unpinned", "internet_fallback",
}  # fmt: skip


def test_what_was_verified_is_complete_only_where_nothing_is_missing_or_wrong() -> None:
    document = written(verify_document(VerifyResult("docker://h/p", 3, ("a:1",), (), ("b:1",), ("c:1",), ("d:1",))))
    assert {key: document[key] for key in document if key in _PROMISED} == {
        "schema_version": 1, "kind": "verify", "target": "docker://h/p", "checked": 3, "complete": False,
        "missing": ["a:1"], "wrong": [], "equivalent": ["b:1"], "unpinned": ["c:1"], "internet_fallback": ["d:1"],
    }  # fmt: skip
    assert written(verify_document(VerifyResult("t", 1, unpinned=("c:1",))))["complete"]
    assert not written(verify_document(VerifyResult("t", 1, wrong=("c:1",))))["complete"]
