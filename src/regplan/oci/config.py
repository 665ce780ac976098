"""Image configs: platform and uncompressed layers (image specification, config.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from regplan.errors import InvalidDigest, InvalidManifest
from regplan.oci.digest import Digest, sha256_of
from regplan.oci.document import read_object
from regplan.oci.platform import Platform
from regplan.values import dataclass

__all__ = ["ImageConfig", "chain_ids", "parse_config"]


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What an image says of itself: its platform, when it was made, and its uncompressed layers, base first."""

    platform: Platform
    diff_ids: tuple[Digest, ...]
    created: str = ""


def parse_config(raw: bytes, *, where: str = "config") -> ImageConfig:
    """Read an image config; one that names no platform is for unknown/unknown. Raises `InvalidManifest`."""
    document = read_object(raw, "an image config", where)
    names = (str(document.get(key) or "") for key in ("os", "architecture", "variant", "os.version"))
    rootfs = document.get("rootfs")
    listed = rootfs.get("diff_ids") if isinstance(rootfs, Mapping) else None
    if listed is not None and not isinstance(listed, list):
        raise InvalidManifest(f"{where}: rootfs.diff_ids is not a list")
    try:
        diff_ids = tuple(Digest.parse(str(entry)) for entry in listed or ())
    except InvalidDigest as error:
        raise InvalidManifest(f"{where}: rootfs.diff_ids: {error}") from error
    return ImageConfig(Platform.of(*names), diff_ids, str(document.get("created") or ""))


def chain_ids(diff_ids: Iterable[Digest]) -> tuple[Digest, ...]:
    """Tell what each stack of layers is known by (config.md, "Layer ChainID"): a node unpacks each chain once.

    >>> first = Digest.parse("sha256:" + "0" * 64)
    >>> chain_ids([first]) == (first,)
    True
    """
    chains: list[Digest] = []
    for diff_id in diff_ids:
        if not chains:
            chains.append(diff_id)
            continue
        stacked = sha256_of(f"{chains[-1]} {diff_id}".encode())
        chains.append(Digest("sha256", stacked))
    return tuple(chains)
