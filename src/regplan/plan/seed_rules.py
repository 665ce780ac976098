"""The rules of what is looked at before a seeding, as data: each with its source."""

from __future__ import annotations

from typing import Final

from regplan.values import dataclass

__all__ = ["SEED_RULES", "SeedRule"]


@dataclass(frozen=True, slots=True)
class SeedRule:
    """One thing that is looked at before anything is written: its id, what it compares, and where that is said."""

    id: str
    compares: str
    source: str


SEED_RULES: Final = (
    SeedRule("seed.source", "that every image is at hand whole", "OCI image specification, image-layout.md"),
    SeedRule("seed.reach", "that the target answers", "OCI distribution specification, end-1"),
    SeedRule("seed.certificate", "the days that the certificate is still valid with 30", "RFC 5280, 4.1.2.5"),
    SeedRule("seed.project", "that the Harbor project exists, which a push does not create", "goharbor/harbor#13795"),
    SeedRule(
        "seed.rights",
        "what the login's tokens let do with a push",
        "distribution, Token Authentication Implementation, the access claim",
    ),
    SeedRule("seed.quota", "what the project's quota leaves with the bytes left to send", "goharbor/harbor#17390"),
    SeedRule(
        "seed.immutable",
        "tags that must move with the project's immutable tags",
        "goharbor/harbor, immutable tag rules",
    ),
    SeedRule(
        "seed.damage",
        "what images that are there hold with what they should (--check)",
        "distribution 2.8, registry/storage/blobwriter.go",
    ),
    SeedRule("seed.media-types", "Docker's media types with what the registry takes", "project-zot/zot#724"),
    SeedRule("seed.sparse-index", "that indexes are copied whole, since registries refuse others", "distribution#3536"),
    SeedRule(
        "seed.referrers", "that what referrers refer to is copied with them", "sigstore/cosign, signatures of an index"
    ),
    SeedRule("seed.space", "the room at the target with the bytes to send", "openshift/oc-mirror#189"),
    SeedRule(
        "seed.blob-limit",
        "the largest blobs with 10 GiB, above which proxies and tokens give up",
        "goharbor/harbor#19573",
    ),
    SeedRule("seed.window", "the largest blob left with what one window lets through", "--window and --max-rate"),
    SeedRule(
        "seed.pulls", "the pulls that Docker Hub leaves with those still needed", "Docker docs, pull usage and limits"
    ),
)
