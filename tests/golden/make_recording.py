"""Write the recording of the golden sites: made-up images, whose digests are those of their layers' names.

    python tests/golden/make_recording.py

`recording/facts.jsonl` has what most sites need; `layout/` is an image layout without layers, for what facts cannot tell:
an index of two platforms, and a layer that is not compressed. Nobody has these images: their sizes are chosen so that sums can be followed by hand. Two images that name one layer share
it. An image is `REFERENCE PLATFORM: {layer: size}`; its config has 1,000 bytes and its manifest 500.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

MB = 10**6
RECORDING, LAYOUT = Path(__file__).parent / "recording", Path(__file__).parent / "layout"
OCI = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
OS, STATIC, PYTHON = {"os-base": 400 * MB}, {"static": 2 * MB}, {"debian": 30 * MB, "python": 45 * MB}

# What stands in the lists of the golden profiles.
IMAGES: dict[str, dict[str, int]] = {
    "golden.example/edge/provider:1.0.0": {**OS, "kairos": 1_600 * MB},
    "golden.example/cni/agent:1.0.0": {**STATIC, "cni": 60 * MB},
    "golden.example/csi/driver:1.0.0": {**STATIC, "csi": 110 * MB},
    "golden.example/zot/zot:2.1.0": {**STATIC, "zot": 55 * MB},
    "golden.example/harbor/core:2.11.0": {"photon": 40 * MB, "core": 70 * MB},
    "golden.example/harbor/registry:2.11.0": {"photon": 40 * MB, "registry": 35 * MB},
    "golden.example/connect/connect:0.2.1": {**STATIC, "connect": 25 * MB},
    "golden.example/shop/web:1.0.0": {**PYTHON, "web": 20 * MB},
    "elsewhere.example/shop/web:1.0.0": {**PYTHON, "web elsewhere": 21 * MB},
    "golden.example/shop/web:1.1.0": {**PYTHON, "web-1.1": 22 * MB},
    "golden.example/shop/web:0.9.0": {**PYTHON, "web-0.9": 18 * MB},
    "golden.example/shop/till:1.0.0": {**PYTHON, "till": 140 * MB},
    "golden.example/shop/till:1.1.0": {**PYTHON, "till-1.1": 150 * MB},
    "golden.example/shop/till:0.9.0": {**PYTHON, "till-0.9": 130 * MB},
    "golden.example/shop/camera:1.0.0": {**PYTHON, "camera": 900 * MB},
    "golden.example/shop/tools:latest": {"debian": 30 * MB, "tools": 8 * MB},
    # 24 and 140 GB of live images, as the worked examples of a small and of a large site have them.
    **{
        f"golden.example/small/part:{each}": {f"small-{each}": 2_000 * MB, f"small-{each}-more": 400 * MB}
        for each in range(10)
    },
    **{
        f"golden.example/large/model:{each}": {f"large-{each}": 6_000 * MB, f"large-{each}-more": 1_000 * MB}
        for each in range(20)
    },
}
ARM64 = ("golden.example/shop/web:1.0.0", "golden.example/cni/agent:1.0.0", "golden.example/csi/driver:1.0.0")
OF_DOCKER = frozenset({"golden.example/shop/camera:1.0.0"})
# A manifest of which nobody knows the size.
UNTOLD = frozenset({"golden.example/shop/tools:latest"})


def digest(name: str) -> str:
    """Name something by the digest of its name."""
    return f"sha256:{sha256(name.encode()).hexdigest()}"


def fact(reference: str, layers: dict[str, int], arch: str = "amd64") -> dict[str, Any]:
    """One line of facts.jsonl."""
    of = "" if arch == "amd64" else f" {arch}"
    return {
        "reference": reference,
        "platform": f"linux/{arch}",
        "media_type": DOCKER if reference in OF_DOCKER else OCI,
        "manifest": {"digest": digest(f"manifest {reference}{of}"), "size": None if reference in UNTOLD else 500},
        "config": {"digest": digest(f"config {reference}{of}"), "size": 1_000},
        "layers": [{"digest": digest(f"{name}{of}"), "size": size} for name, size in layers.items()],
        "source": "made up for tests",
    }


def facts() -> list[dict[str, Any]]:
    """Everything that the recording knows."""
    return [
        *(fact(reference, layers) for reference, layers in IMAGES.items()),
        *(fact(reference, IMAGES[reference], "arm64") for reference in ARM64),
    ]


def _blob(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=1).encode()


def _descriptor(media_type: str, data: bytes, **more: Any) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{sha256(data).hexdigest()}", "size": len(data), **more}


def _manifest(name: str, arch: str, size: int, layer_type: str) -> tuple[bytes, bytes]:
    """A config and a manifest with one layer; the layer's digest is that of its name."""
    diff_ids = [digest(f"{name} {arch} unpacked")]
    config = _blob({"architecture": arch, "os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids}})
    layer = {"mediaType": layer_type, "digest": digest(f"{name} {arch}"), "size": size}
    described = _descriptor("application/vnd.oci.image.config.v1+json", config)
    return config, _blob({"schemaVersion": 2, "mediaType": OCI, "config": described, "layers": [layer]})


def layout() -> dict[str, bytes]:
    """The files of the image layout, by their paths."""
    gzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    made = {arch: _manifest("pinned", arch, size, gzip) for arch, size in (("amd64", 80 * MB), ("arm64", 70 * MB))}
    listed = [
        _descriptor(OCI, manifest, platform={"os": "linux", "architecture": arch})
        for arch, (_, manifest) in made.items()
    ]
    index = _blob({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed})
    plain = _manifest("plain", "amd64", 50 * MB, "application/vnd.oci.image.layer.v1.tar")
    names = {
        f"golden.example/shop/pinned@sha256:{sha256(index).hexdigest()}": (INDEX, index),
        "golden.example/shop/plain:1.0.0": (OCI, plain[1]),
    }
    entries = [
        _descriptor(media_type, data, annotations={"org.opencontainers.image.ref.name": name})
        for name, (media_type, data) in names.items()
    ]
    blobs = [index, *plain, *(each for pair in made.values() for each in pair)]
    return {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "index.json": _blob({"schemaVersion": 2, "manifests": entries}),
        **{f"blobs/sha256/{sha256(each).hexdigest()}": each for each in blobs},
    }


def text() -> str:
    """Write facts.jsonl."""
    return "".join(json.dumps(each) + "\n" for each in facts())


if __name__ == "__main__":
    (RECORDING / "facts.jsonl").write_text(text(), encoding="utf-8")
    for path, data in layout().items():
        (LAYOUT / path).parent.mkdir(parents=True, exist_ok=True)
        (LAYOUT / path).write_bytes(data)
