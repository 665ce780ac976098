"""What Palette's API answers, as values: summaries of profiles, Edge hosts, clusters and their machine pools; pure.

Source: palette.json, `v1ClusterProfilesSummary`, `v1EdgeHostsSearchSummary`, `v1EdgeHostDevice`, `v1SpectroCluster`,
`v1EdgeNativeCloudConfig` and `v1SpectroClusterVariables`. Any field may be absent or null.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any, Final

from regplan.units import GB, MiB
from regplan.values import dataclass

__all__ = [
    "ClusterFacts",
    "Disk",
    "EdgeHost",
    "ProfileSummary",
    "cluster_facts",
    "cluster_variables",
    "dig",
    "edge_host",
    "items_of",
    "profile_summary",
    "roles_of",
    "version_order",
]

_NUMBER: Final = re.compile(r"\d+")
# Where Kairos and Linux keep what the system runs from: the disk that holds one of these is the main one.
_MAIN_MOUNTS: Final = ("/usr/local", "/run/initramfs/cos-state", "/", "/var", "/oem")
# The specification calls `sizeInMB` "memory size in bytes"; hosts answer MiB (7930 for 8 GB). No host has 16 TiB.
_BYTES_FROM: Final = 2**24


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    """A cluster profile in a list: `versions` maps each version to its id; `project` is "" for the tenant's."""

    name: str
    uid: str
    version: str = ""
    type: str = ""
    scope: str = ""
    project: str = ""
    is_published: bool = True
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk of a host; the size is what Palette tells in GB."""

    size_bytes: int
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class EdgeHost:
    """An Edge host as Palette knows it; None is what it does not tell. `disks` has the main disk first."""

    name: str
    uid: str
    arch: str = ""
    cpu_cores: int | None = None
    memory_bytes: int | None = None
    disks: tuple[Disk, ...] = ()
    cluster: str = ""
    state: str = ""
    mode: str = ""
    agent_version: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def storage_bytes(self) -> int | None:
        """The main disk's size."""
        return self.disks[0].size_bytes if self.disks else None


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """A cluster: its profiles as (name, version, id), and where its machine pools are told."""

    name: str
    uid: str
    profiles: tuple[tuple[str, str, str], ...] = ()
    config_kind: str = ""
    config_uid: str = ""
    variables: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def dig(document: object, *keys: str) -> Any:  # noqa: ANN401  what came out of JSON
    """Follow keys into objects; None where one is not there.

    >>> dig({"a": {"b": 1}}, "a", "b"), dig({"a": None}, "a", "b")
    (1, None)
    """
    for key in keys:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document


def items_of(document: object, key: str = "items") -> list[dict[str, Any]]:
    """List the objects of an answer's list; what is no object is left out."""
    items = dig(document, key)
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def profile_summary(document: dict[str, Any]) -> ProfileSummary:
    """Read one item of a list of cluster profiles."""
    spec = dig(document, "specSummary") or dig(document, "spec")
    body = dig(spec, "published") or dig(spec, "draft")
    versions = [(_text(each.get("version")), _text(each.get("uid"))) for each in items_of(spec, "versions")]
    return ProfileSummary(
        name=_text(dig(document, "metadata", "name")),
        uid=_text(dig(document, "metadata", "uid")),
        version=_text(dig(spec, "version")),
        type=_text(dig(body, "type")),
        scope=_text(dig(document, "metadata", "annotations", "scope")),
        project=_text(dig(document, "metadata", "annotations", "projectUid")),
        is_published=dig(document, "status", "isPublished") is not False,
        versions=tuple(sorted((each for each in versions if all(each)), key=lambda each: version_order(each[0]))),
    )


def version_order(version: str) -> tuple[tuple[int, ...], bool, str]:
    """Tell where a version stands among others: 1.9.0 before 1.10.0-rc1 before 1.10.0.

    >>> sorted(["1.10.0", "1.9.0", "1.10.0-rc1"], key=version_order)
    ['1.9.0', '1.10.0-rc1', '1.10.0']
    """
    release, _, rest = version.partition("-")
    return tuple(int(each) for each in _NUMBER.findall(release)), not rest, rest


def edge_host(document: dict[str, Any]) -> EdgeHost:
    """Read an Edge host: an item of a search, or the whole object."""
    spec, status = dig(document, "spec"), dig(document, "status")
    device = dig(spec, "device")
    cores, uid = dig(device, "cpu", "cores"), _text(dig(document, "metadata", "uid"))
    used = items_of(status, "inUseClustersRef") or items_of(status, "inUseClusters")
    aliases = (_text(dig(spec, "host", "hostUid")), _text(dig(spec, "host", "hostAddress")))
    return EdgeHost(
        name=_text(dig(document, "metadata", "name")) or uid,
        uid=uid,
        arch=_text(dig(device, "archType")).lower(),
        cpu_cores=cores if type(cores) is int and cores > 0 else None,
        memory_bytes=_memory(dig(device, "memory", "sizeInMB")),
        disks=_disks(device),
        cluster=", ".join(filter(None, (_text(each.get("name")) for each in used))),
        state=_text(dig(status, "state")),
        mode=_text(dig(device, "hostType")),
        agent_version=_text(dig(status, "health", "agentVersion")),
        aliases=tuple(filter(None, aliases)),
    )


def cluster_facts(document: dict[str, Any]) -> ClusterFacts:
    """Read a cluster: which profiles it has, and where its machine pools are told."""
    templates = items_of(dig(document, "spec"), "clusterProfileTemplates")
    return ClusterFacts(
        _text(dig(document, "metadata", "name")),
        _text(dig(document, "metadata", "uid")),
        tuple(
            (_text(each.get("name")), _text(each.get("profileVersion")), _text(each.get("uid"))) for each in templates
        ),
        _text(dig(document, "spec", "cloudConfigRef", "kind")),
        _text(dig(document, "spec", "cloudConfigRef", "uid")),
    )


def cluster_variables(document: object) -> tuple[tuple[str, str], ...]:
    """List the variables that were given values on a cluster; sensitive ones are left out."""
    found: dict[str, str] = {}
    for part in document if isinstance(document, list) else []:
        for each in items_of(part, "variables"):
            name, value = _text(each.get("name")), each.get("value")
            if name and isinstance(value, str) and each.get("isSensitive") is not True:
                found[name] = value
    return tuple(found.items())


def roles_of(document: object) -> dict[str, str]:
    """Tell the role of each host of a cluster's machine pools, by the host's id and names; the pools' order is kept."""
    found: dict[str, str] = {}
    for pool in items_of(dig(document, "spec"), "machinePoolConfig"):
        role = "control-plane" if pool.get("isControlPlane") is True else "worker"
        for host in items_of(pool, "hosts"):
            for name in ("hostUid", "hostName", "hostAddress"):
                if _text(host.get(name)):
                    found.setdefault(_text(host.get(name)), role)
    return found


def _memory(size: object) -> int | None:
    if type(size) is not int or size <= 0:
        return None
    return size if size >= _BYTES_FROM else size * MiB


def _disks(device: object) -> tuple[Disk, ...]:
    """List the disks, the main one first: the one that holds the system, else the largest."""

    def rank(document: dict[str, Any]) -> tuple[int, int]:
        mounts = {_text(each.get("mountPoint")) for each in items_of(document, "partitions")}
        place = next((place for place, mount in enumerate(_MAIN_MOUNTS) if mount in mounts), len(_MAIN_MOUNTS))
        return place, -document["size"]

    known = [each for each in items_of(device, "disks") if type(each.get("size")) is int and each["size"] > 0]
    return tuple(Disk(each["size"] * GB, _text(each.get("vendor"))) for each in sorted(known, key=rank))


def _text(value: object) -> str:
    """Tell a text on one line; half of a character, which no screen and no file takes, becomes a question mark."""
    return " ".join(value.split()).encode(errors="replace").decode() if isinstance(value, str) else ""
