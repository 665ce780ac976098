"""Images as builders make them, OCI and Docker, with the odd ones that planners get wrong; written without regplan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from support.content import Blob, Image, Index, Layer, Tree, encode, layer
from support.delivery import push, write_layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Blob",
    "Dialect",
    "Image",
    "Index",
    "Layer",
    "Tree",
    "attestation",
    "docker_list",
    "image",
    "index",
    "layer",
    "layer_twice",
    "multi_platform",
    "nested_index",
    "push",
    "with_foreign_layer",
    "write_layout",
]

Dialect = Literal["oci", "docker"]

MEDIA_TYPES: Final[Mapping[Dialect, Mapping[str, str]]] = {
    "oci": {
        "manifest": "application/vnd.oci.image.manifest.v1+json",
        "index": "application/vnd.oci.image.index.v1+json",
        "config": "application/vnd.oci.image.config.v1+json",
        "layer": "application/vnd.oci.image.layer.v1.tar+gzip",
        "foreign": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    },
    "docker": {
        "manifest": "application/vnd.docker.distribution.manifest.v2+json",
        "index": "application/vnd.docker.distribution.manifest.list.v2+json",
        "config": "application/vnd.docker.container.image.v1+json",
        "layer": "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "foreign": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    },
}
IN_TOTO: Final = "application/vnd.in-toto+json"


def image(
    layers: Sequence[Layer],
    *,
    platform: str = "linux/amd64",
    dialect: Dialect = "oci",
    label: str = "",
    foreign: Sequence[Mapping[str, Any]] = (),
) -> Image:
    """An image of these layers, base first; `label` tells configs apart; `foreign` descriptors stand before the layers."""
    types = MEDIA_TYPES[dialect]
    typed = tuple(one.typed(types["layer"]) for one in layers)
    config = Blob(types["config"], encode(_config(typed, platform, label, len(foreign))))
    manifest = {
        "schemaVersion": 2,
        "mediaType": types["manifest"],
        "config": config.descriptor(),
        "layers": [*foreign, *(one.blob.descriptor() for one in typed)],
    }
    return Image(Blob(types["manifest"], encode(manifest)), config, typed, platform)


def index(children: Sequence[Tree], *, dialect: Dialect = "oci") -> Index:
    """An image index (or manifest list) that names the platform of each image, and of attestations what they attest."""
    media_type = MEDIA_TYPES[dialect]["index"]
    descriptors = [_child(child, children) for child in children]
    value = {"schemaVersion": 2, "mediaType": media_type, "manifests": descriptors}
    return Index(Blob(media_type, encode(value)), tuple(children))


def attestation(subject: Image, seed: int) -> Image:
    """A BuildKit provenance attestation of the subject: a manifest for the platform unknown/unknown."""
    statement = {
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": [{"name": f"pkg:docker/{seed}"}],
        "seed": seed,
    }
    body = Blob(IN_TOTO, encode(statement))
    types = MEDIA_TYPES["oci"]
    config_value = {
        "architecture": "unknown",
        "os": "unknown",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [body.digest]},
        "about": subject.manifest.digest,
    }
    config = Blob(types["config"], encode(config_value))
    manifest = {
        "schemaVersion": 2,
        "mediaType": types["manifest"],
        "config": config.descriptor(),
        "layers": [body.descriptor(annotations={"in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2"})],
    }
    blob = Blob(types["manifest"], encode(manifest))
    return Image(blob, config, (Layer(body, body.digest),), "unknown/unknown")


def layer_twice(seed: int = 1, size: int = 20_000) -> Image:
    """An image in which one layer stands twice, as empty layers do."""
    base, again = layer(size, seed), layer(size // 2, seed + 1)
    return image([base, again, base, layer(size // 4, seed + 2)], label=f"twice-{seed}")


def multi_platform(seed: int = 10, size: int = 30_000) -> Index:
    """An index of an amd64 and an arm64 image, which share one layer, each with an attestation."""
    shared = layer(size // 3, seed)
    amd64 = image([layer(size, seed + 1), shared], platform="linux/amd64", label=f"multi-{seed}")
    arm64 = image([layer(size - 1000, seed + 2), shared], platform="linux/arm64/v8", label=f"multi-{seed}")
    return index([amd64, arm64, attestation(amd64, seed), attestation(arm64, seed + 1)])


def nested_index(seed: int = 20, size: int = 20_000) -> Index:
    """An index that holds an image and another index."""
    plain = image([layer(size, seed)], label=f"nested-{seed}")
    return index([plain, multi_platform(seed + 1, size)])


def with_foreign_layer(seed: int = 30, size: int = 20_000, dialect: Dialect = "docker") -> Image:
    """A Windows image whose base layer is not in the registry: the manifest has its URL, size and digest only."""
    absent = layer(size * 3, seed).blob
    foreign = Blob(MEDIA_TYPES[dialect]["foreign"], absent.data)
    urls = [f"https://download.example.org/{foreign.digest}"]
    own = [layer(size, seed + 1)]
    descriptor = foreign.descriptor(urls=urls)
    return image(own, platform="windows/amd64", dialect=dialect, label=f"foreign-{seed}", foreign=[descriptor])


def docker_list(seed: int = 40, size: int = 20_000) -> Index:
    """A Docker manifest list of two schema 2 images."""
    amd64 = image([layer(size, seed)], dialect="docker", label=f"list-{seed}")
    arm = image([layer(size + 7, seed + 1)], platform="linux/arm/v7", dialect="docker", label=f"list-{seed}")
    return index([amd64, arm], dialect="docker")


def _config(layers: Sequence[Layer], platform: str, label: str, foreign: int) -> dict[str, Any]:
    system, architecture, *variant = platform.split("/")
    unknown = [f"sha256:{number:064x}" for number in range(foreign)]
    return {
        "created": "2026-01-01T00:00:00Z",
        "architecture": architecture,
        "os": system,
        **({"variant": variant[0]} if variant else {}),
        "config": {"Labels": {"org.example.label": label}},
        "rootfs": {"type": "layers", "diff_ids": unknown + [one.diff_id for one in layers]},
        "history": [{"created": "2026-01-01T00:00:00Z", "created_by": label} for _ in range(foreign + len(layers))],
    }


def _child(child: Tree, siblings: Sequence[Tree]) -> dict[str, Any]:
    if isinstance(child, Index):
        return child.manifest.descriptor()
    system, architecture, *variant = child.platform.split("/")
    platform = {"architecture": architecture, "os": system} | ({"variant": variant[0]} if variant else {})
    more: dict[str, Any] = {"platform": platform}
    if system == "unknown":
        subjects = {one.manifest.digest for one in siblings}
        subject = next(digest for digest in subjects if digest.encode() in child.config.data)
        more["annotations"] = {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": subject,
        }
    return child.manifest.descriptor(**more)
