"""What a live Palette knows of a project: its profiles, its Edge hosts, and a site file made of them."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, NotFound, Unsupported
from regplan.profile.hidden import is_secret_key
from regplan.profile.site import parse_site
from regplan.profile.site_paths import is_palette_id
from regplan.profile.site_template import quoted, site_template
from regplan.registry.palette_answers import (
    ClusterFacts,
    cluster_facts,
    cluster_variables,
    dig,
    edge_host,
    profile_summary,
    roles_of,
    version_order,
)
from regplan.units import GB, GiB, MiB
from regplan.verbs.palette import open_palette
from regplan.verbs.portal import run_blocking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from regplan.registry.palette import PaletteClient
    from regplan.registry.palette_answers import EdgeHost, ProfileSummary
    from regplan.verbs.options import Options

__all__ = ["list_palette_hosts", "list_palette_profiles", "site_from_palette"]

_USERINFO: Final = re.compile(r"//[^/@\s:]*:[^/@\s]*@")
_VERSION: Final = re.compile(r"v?\d+(?:\.\d+){1,3}(?:[-+][0-9A-Za-z.+-]+)?")
_ARCHES: Final = frozenset({"amd64", "arm64"})
_MODES: Final = {"appliance": "appliance", "agent-mode": "agent"}


def list_palette_profiles(options: Options) -> tuple[ProfileSummary, ...]:
    """List the cluster profiles that the project sees, by name, blocking.

    Raises `InputError` where no Palette or key is named and `RegistryError` where it cannot be asked.
    """

    async def ask() -> list[dict[str, Any]]:
        async with open_palette(options) as client:
            return await client.profiles()

    found = map(profile_summary, run_blocking(ask))
    return tuple(sorted(found, key=lambda each: (each.name, version_order(each.version))))


def list_palette_hosts(options: Options, cluster: str | None = None) -> tuple[EdgeHost, ...]:
    """List the project's Edge hosts, or those of one cluster (its name or id), by name, blocking; raises the same."""

    async def ask() -> list[EdgeHost]:
        async with open_palette(options) as client:
            if cluster is None:
                return [edge_host(each) for each in await client.hosts()]
            return await _cluster_hosts(client, await _cluster(client, cluster))

    return tuple(sorted(run_blocking(ask), key=lambda each: (each.name, each.uid)))


def site_from_palette(options: Options, name: str = "", cluster: str | None = None) -> str:
    """Write a commented site file with the project's Edge hosts, or a cluster's with its profiles and variables, blocking.

    `name` is the site's, and the cluster's where it is "". No sensitive variable is written. Raises `InputError` and
    `RegistryError` like the others, and `InputError` where there is no host at all.
    """

    async def ask() -> tuple[list[EdgeHost], ClusterFacts | None, dict[str, str]]:
        async with open_palette(options) as client:
            if cluster is None:
                return [edge_host(each) for each in await client.hosts()], None, {}
            facts = await _cluster(client, cluster)
            return (
                await _cluster_hosts(client, facts),
                await _with_variables(client, facts),
                await _roles(client, facts),
            )

    hosts, facts, roles = run_blocking(ask)
    if not hosts:
        whose = f"cluster {facts.name} has" if facts is not None else "this project has"
        raise InputError(
            f"{whose} no Edge host in Palette, so there is nothing to write; regplan init writes a template"
        )
    hosts.sort(key=lambda each: (roles.get(each.uid, "") != "control-plane", each.name, each.uid))
    text = site_template(name or (facts.name if facts else "") or "site-1", _told(hosts, facts), _hosts(hosts, roles))
    # What is written must be readable: a name of Palette's that is none here is told now.
    parse_site(text, "the site file")
    return text


async def _cluster(client: PaletteClient, cluster: str) -> ClusterFacts:
    """Find a cluster by name or id, and read it."""
    uid = cluster
    if not is_palette_id(cluster):
        known = [(str(each.get("name")), str(each.get("uid"))) for each in await client.clusters()]
        found = [uid for name, uid in known if name == cluster]
        if len(found) > 1:
            raise InputError(
                f"{client.target.host} has {len(found)} clusters {cluster!r}: give an id ({', '.join(found)})"
            )
        if not found:
            close = get_close_matches(cluster, [name for name, _ in known], n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise InputError(f"{client.target.host} has no cluster {cluster!r} here{hint}")
        uid = found[0]
    document = await client.cluster(uid)
    kind = dig(document, "spec", "cloudType")
    if isinstance(kind, str) and kind and kind != "edge-native":
        raise InputError(f"the cluster {cluster} is of type {kind}, and regplan plans Edge clusters (edge-native)")
    return cluster_facts(document)


async def _cluster_hosts(client: PaletteClient, facts: ClusterFacts) -> list[EdgeHost]:
    return [edge_host(each) for each in await client.cluster_hosts(facts.uid)]


async def _with_variables(client: PaletteClient, facts: ClusterFacts) -> ClusterFacts:
    try:
        variables = cluster_variables(await client.cluster_variables(facts.uid))
    except (NotFound, Unsupported):
        return facts
    return ClusterFacts(facts.name, facts.uid, facts.profiles, facts.config_kind, facts.config_uid, variables)


async def _roles(client: PaletteClient, facts: ClusterFacts) -> dict[str, str]:
    return roles_of(await client.machine_pools(facts.config_uid)) if facts.config_uid else {}


def _told(hosts: Sequence[EdgeHost], facts: ClusterFacts | None) -> dict[str, str]:
    """Tell what is known beside the hosts, by the site file's keys, as YAML."""
    told = {"content.palette_images": "unknown"}
    if facts is not None and facts.profiles:
        names = [
            f"palette:{name}@{version}" if name and version else f"palette:{uid}"
            for name, version, uid in facts.profiles
        ]
        told["profiles"] = json.dumps(names, ensure_ascii=False)
    if facts is not None:
        variables = {name: value for name, value in facts.variables if not _is_secret(name, value)}
        if variables:
            told["variables"] = json.dumps(variables, ensure_ascii=False)
        told["system"] = json.dumps({"cluster.name": facts.name, "cluster.uid": facts.uid}, ensure_ascii=False)
    modes = {_MODES.get(each.mode, "") for each in hosts}
    if len(modes) == 1 and (mode := modes.pop()):
        told["deployment"] = mode
    agents = {each.agent_version for each in hosts}
    if len(agents) == 1 and _VERSION.fullmatch(agent := agents.pop()):
        told["versions.agent"] = agent
    return told


def _hosts(hosts: Sequence[EdgeHost], roles: Mapping[str, str]) -> list[dict[str, str]]:
    """Tell each host by the site file's keys; a name that stands twice goes with the host's id."""
    names = [each.name for each in hosts]
    return [
        {
            "name": quoted(host.name if names.count(host.name) == 1 else f"{host.name}-{host.uid}"),
            "role": _role(host, roles),
            "cpu": "" if host.cpu_cores is None else str(host.cpu_cores),
            "memory": _memory(host.memory_bytes),
            "storage": "" if host.storage_bytes is None else f"{host.storage_bytes // GB}GB",
            "arch": host.arch if host.arch in _ARCHES else "",
        }
        for host in hosts
    ]


def _role(host: EdgeHost, roles: Mapping[str, str]) -> str:
    return next((roles[name] for name in (host.uid, *host.aliases, host.name) if name in roles), "")


def _memory(size_bytes: int | None) -> str:
    if size_bytes is None:
        return ""
    for unit, name in ((GiB, "GiB"), (MiB, "MiB")):
        if size_bytes % unit == 0:
            return f"{size_bytes // unit}{name}"
    return f"{size_bytes}B"


def _is_secret(name: str, value: str) -> bool:
    return is_secret_key(name) or _USERINFO.search(value) is not None
