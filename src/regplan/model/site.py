"""A site: what is there, what is to run on it, and what is assumed."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.model.assumptions import Assumptions
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.clock import Pulling

__all__ = ["Assumptions", "Host", "Link", "RegistrySpec", "Scenario", "Site", "SiteFrom"]


@dataclass(frozen=True, slots=True)
class Host:
    """An Edge host; None is what the site file does not say. `role` is "control-plane" or "worker"."""

    name: str
    role: str = "control-plane"
    cpu_milli: int | None = None
    memory_bytes: int | None = None
    storage_bytes: int | None = None
    arch: str = "amd64"


@dataclass(frozen=True, slots=True)
class Link:
    """A network link: its rate in bits per second and its round trip in seconds.

    `connection_bps` is what one connection gets at most, None where the link is all that limits it. `measured` is the day
    on which that was measured, "" where it is declared.
    """

    rate_bps: int
    latency_s: float = 0.0
    connection_bps: int | None = None
    measured: str = ""


@dataclass(frozen=True, slots=True)
class RegistrySpec:
    """The primary registry as the site file describes it; None is left to the profile's values.

    `certificate_expires` is the last day of its certificate (2027-01-31), "" where the site file does not say it.
    `gc` is default, none, hourly, daily, weekly, monthly or "every" with a duration. `on_demand` is whether it fetches what
    it lacks when somebody asks for it (Zot's sync on demand).
    """

    kind: str = "zot"
    addresses: tuple[str, ...] = ()
    project: str = "spectro-images"
    storage_bytes: int | None = None
    storage_class: str = ""
    replicas: int = 1
    keep_versions: int | None = None
    gc: str = "default"
    sync: bool | None = None
    certificate_expires: str = ""
    on_demand: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """A site's life for the simulation: its length and how often what happens.

    Outages have a number each year and a mean length; `fallback` is what then happens to pulls, and to images that the
    registry lacks: none, agent or hosts-toml, "" for what content sync says. `cache` is the kind of a pull-through cache, "" for the registry's, and `asking` how many hosts
    ask for a blob before it has it, None for all that want it. `peer_extra` is the share that
    peers fetch from the internet on top. Prices are in whatever currency the user has.

    What follows is for drawn lives: `missing` is how likely it is that the registry lacks an image, `internet_rates_bps` what the link was seen at,
    () for its own rate, the spreads are standard deviations of the logarithm of a rate. `window` is the first second of the day
    in which the link may be filled and the first in which it may not, None for none, `window_bps` what may be taken then.
    """

    years: float = 1.0
    node_adds: int = 0
    reimages_per_node_year: float = 0.0
    upgrades_per_year: float = 0.0
    reschedules_per_year: float = 0.0
    registry_outages_per_year: float = 0.0
    registry_outage_s: float = 4 * 3600.0
    internet_outages_per_year: float = 0.0
    internet_outage_s: float = 4 * 3600.0
    fallback: str = ""
    cache: str = ""
    asking: int | None = None
    peer_extra: float = 0.0
    price_per_gb: float | None = None
    price_per_visit: float | None = None
    missing: float = 0.0
    internet_rates_bps: tuple[int, ...] = ()
    internet_spread: float = 0.0
    unpack_spread: float = 0.0
    window: tuple[int, int] | None = None
    window_bps: int | None = None


@dataclass(frozen=True, slots=True)
class SiteFrom:
    """The inputs that a site file names: paths are already made relative to the caller, not to the file.

    `variables` fill profile variables, `system` what a running cluster knows ("cluster.name"). `declared_sizes_file` is the
    CSV file that `declared_sizes` are read from, "" where they stand in the site file itself. `mirrors` are asked before
    the host that each stands with. `upgrade_from` are older versions, newest first, each with its profiles.
    """

    profiles: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    upgrade_to: tuple[str, ...] = ()
    upgrade_from: tuple[tuple[str, ...], ...] = ()
    variables: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    system: tuple[tuple[str, str], ...] = ()
    declared_sizes: tuple[tuple[str, int], ...] = ()
    declared_sizes_file: str = ""
    mirrors: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A site file's content; `defaulted` names the keys that it left out, `file` is where it came from.

    `palette_images` is none, core, all or unknown: which of Palette's own images the registry gets beside the profiles'.
    `uploader` is what uploads: palette-cli, local-ui, regplan or edge-cli, "" where the site file does not say it.
    `pulls` is how its hosts pull, None where the site file does not say.
    `packs_bytes` is what charts and packs take in it, None where the site file does not count them.
    """

    name: str
    inputs: SiteFrom = SiteFrom()
    hosts: tuple[Host, ...] = ()
    registry: RegistrySpec | None = None
    internet_link: Link | None = None
    lan_link: Link | None = None
    deployment: str = "appliance"
    management: str = "central"
    internet: str = "full"
    edition: str = "palette"
    palette_version: str | None = None
    agent_version: str | None = None
    timezone: str = "UTC"
    palette_images: str = "unknown"
    compliance_images: bool = False
    uploader: str = ""
    palette_images_bytes: int | None = None
    packs_bytes: int | None = None
    assumptions: Assumptions = Assumptions()
    scenario: Scenario | None = None
    pulls: Pulling | None = None
    defaulted: tuple[str, ...] = ()
    file: str = ""

    @property
    def workers(self) -> tuple[Host, ...]:
        """The hosts that ordinary workloads run on, in order: the workers, or every host where there are none."""
        return tuple(host for host in self.hosts if host.role == "worker") or self.hosts

    @property
    def control_plane(self) -> tuple[Host, ...]:
        """The hosts that run the control plane's static pods."""
        return tuple(host for host in self.hosts if host.role == "control-plane")
