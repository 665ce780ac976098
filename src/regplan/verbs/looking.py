"""A running registry looked at: what it holds, what an open site lacks there, what nobody needs, and every request that took."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import ContentError, InputError, InvalidManifest, RegistryError, Unauthorized
from regplan.model.holdings import RegistryHoldings
from regplan.plan.holding import held_manifests, stored_bytes
from regplan.values import dataclass
from regplan.verbs.pruning import census_of, open_shelf
from regplan.verbs.seeding import SeedJob
from regplan.verbs.targets import Target
from regplan.verbs.verifying import VerifyWishes, verify_in_loop

if TYPE_CHECKING:
    from collections.abc import Collection

    from regplan.model.exchange import Exchange
    from regplan.model.progress import Report
    from regplan.model.pruning import Census, Holding
    from regplan.model.site import Site
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.seed.targets import RegistryTarget
    from regplan.verbs.options import Options
    from regplan.verbs.verifying import Verification

__all__ = ["RegistryLook", "look_at", "target_of"]

_AT_ONCE: Final = 16
_MOST_CONFIG_BYTES: Final = 4 * 2**20
_MOST_EXCHANGES: Final = 5_000
_NO_LOGIN: Final = 401


@dataclass(frozen=True, slots=True)
class RegistryLook:
    """What was found; `verification` is None where no site was held against it, `wants_login` the host that refuses who asks."""

    host: str
    holdings: RegistryHoldings | None = None
    verification: Verification | None = None
    exchanges: tuple[Exchange, ...] = ()
    error: str = ""
    wants_login: str = ""


def target_of(text: str, site: Site | None) -> Target:
    """Read HOST:PORT or HOST:PORT/PROJECT; without a project that of the open site, where it names this registry.

    Raises `InputError` for what names no registry.
    """
    host, _, project = text.removeprefix("docker://").strip("/ ").partition("/")
    if not host or "@" in host or any(each.isspace() for each in host):
        raise InputError(f"{text}: a registry reads HOST:PORT or HOST:PORT/PROJECT, without user and password")
    registry = None if site is None else site.registry
    if not project and registry is not None and host in registry.addresses:
        project = registry.project
    return Target(host, project)


async def look_at(target: Target, site: Site | None, options: Options, report: Report | None = None) -> RegistryLook:
    """Read everything that a registry holds, and hold the open site against it, if any; nothing is written.

    What it answers with is in the look too where it broke off: `error` says why.
    """
    heard: deque[Exchange] = deque(maxlen=_MOST_EXCHANGES)
    listening = replace(options, heard=heard.append)
    try:
        holdings = await _holdings(target, site, listening, report)
        if not holdings.is_whole and not holdings.manifests and any(each.status == _NO_LOGIN for each in heard):
            why = f"{target.host} lists nothing to whoever asks now: log in"
            return RegistryLook(target.host, exchanges=tuple(heard), error=why, wants_login=target.host)
        verification = None
        if site is not None and target.project:
            job = SeedJob((site.file,), target, options.mapping, site)
            wishes = VerifyWishes("tags", drift=True, orphans=True)
            verification = await verify_in_loop(job, wishes, listening, report)
    except RegistryError as error:
        is_refused = isinstance(error, Unauthorized) and target.host in str(error)
        wants = target.host if is_refused else ""
        return RegistryLook(target.host, exchanges=tuple(heard), error=str(error), wants_login=wants)
    return RegistryLook(target.host, holdings, verification, tuple(heard))


async def _holdings(target: Target, site: Site | None, options: Options, report: Report | None) -> RegistryHoldings:
    from regplan.registry.inspection import Inspection

    kind = "" if site is None or site.registry is None else site.registry.kind
    async with open_shelf(target, options) as (shelf, door):
        census = await census_of(shelf, (), target.project, report)
        platforms = await _platforms(census, door)
        found = await door.inspect(Inspection(target.project, kind)) if target.project else None
    manifests = held_manifests(census, platforms, _architectures(site))
    project = None if found is None else found.project
    return RegistryHoldings(
        target.host,
        "" if found is None else found.kind,
        manifests,
        len(census.repositories),
        stored_bytes(census),
        sum(each.size_bytes for each in manifests),
        census.is_whole,
        census.troubles,
        None if project is None else project.quota_bytes,
        None if project is None else project.used_bytes,
        None if found is None else found.free_bytes,
    )


def _architectures(site: Site | None) -> Collection[str]:
    return frozenset() if site is None else frozenset(host.arch for host in site.hosts if host.arch)


async def _platforms(census: Census, door: RegistryTarget) -> dict[Digest, str]:
    """Tell of each image its platform, by its config; what has none, or none that can be read, is left out."""
    from regplan.oci.config import parse_config
    from regplan.oci.mediatype import is_image_config
    from regplan.seed.tasks import each

    configs: dict[Digest, list[Holding]] = {}
    for holding in census.holdings:
        if holding.blobs and is_image_config(holding.blobs[0].media_type):
            configs.setdefault(holding.blobs[0].digest, []).append(holding)
    told: dict[Digest, str] = {}

    async def read(holdings: list[Holding]) -> None:
        config: Descriptor = holdings[0].blobs[0]
        if config.size > _MOST_CONFIG_BYTES:
            return
        try:
            raw = b"".join([chunk async for chunk in door.read_blob(holdings[0].repository, config)])
            platform = str(parse_config(raw).platform)
        except (RegistryError, ContentError, InvalidManifest):
            return
        told.update((holding.digest, platform) for holding in holdings)

    await each(read, list(configs.values()), _AT_ONCE)
    return told
