"""skopeo, as an independent reader and writer of registries and layouts."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.tools import skip_without

if TYPE_CHECKING:
    from support.registry import Registry

__all__ = ["copy", "inspect", "manifest", "run"]


def copy(
    source: str,
    target: str,
    *,
    source_registry: Registry | None = None,
    target_registry: Registry | None = None,
    all_platforms: bool = False,
) -> None:
    """Copy an image with its digest preserved; places are skopeo's (docker://HOST:PORT/REPO:TAG, oci:DIR:REF).

    Give the registries that the places are in: they say which certificates and which user it takes.
    """
    with tempfile.TemporaryDirectory() as folder:
        flags = [*_flags("src-", source_registry, folder), *_flags("dest-", target_registry, folder)]
        if all_platforms:
            flags.append("--all")
        run("copy", "--preserve-digests", "--quiet", *flags, source, target)


def manifest(place: str, registry: Registry | None = None) -> bytes:
    """The verbatim manifest or index."""
    with tempfile.TemporaryDirectory() as folder:
        return run("inspect", "--raw", *_flags("", registry, folder), place)


def inspect(place: str, registry: Registry | None = None) -> dict[str, Any]:
    """What skopeo says about an image of this machine's platform: Digest, Architecture, Layers, RepoTags ..."""
    with tempfile.TemporaryDirectory() as folder:
        value: dict[str, Any] = json.loads(run("inspect", *_flags("", registry, folder), place))
        return value


def _flags(side: str, registry: Registry | None, folder: str) -> list[str]:
    if registry is None:
        return []
    flags = [f"--{side}creds={registry.user}:{registry.password}"] if registry.needs_login else []
    if registry.ca_file is None:
        return [*flags, f"--{side}tls-verify=false"]
    certificates = Path(folder, f"{side}certificates")
    certificates.mkdir()
    shutil.copy(registry.ca_file, certificates / "ca.crt")
    return [*flags, f"--{side}cert-dir={certificates}"]


def run(*arguments: str) -> bytes:
    """Run skopeo and give back what it wrote; raises AssertionError if it failed."""
    skip_without("skopeo")
    done = subprocess.run(["skopeo", "--insecure-policy", *arguments], capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
