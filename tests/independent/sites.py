"""Site files as the contract describes them, for the oracle: values in base units, defaults filled in.

Standard library and PyYAML only, and nothing of regplan. Defaults are typed from the contract and from the facts that the
definitions cite (facts/models.md 2.3, 3.1 and 3.2), never read from regplan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from independent.material import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Host", "Site", "cpu_milli", "quantity", "read_site", "size"]

_UNITS = {"B": 1, "": 1}
_UNITS |= {f"{letter}B": 1000 ** (power + 1) for power, letter in enumerate("kMGTPE")}
_UNITS |= {f"{letter}{i}": 1024 ** (power + 1) for power, letter in enumerate("KMGTPE") for i in ("iB", "i")}
# Kubernetes' quantities: k, M, G are decimal (resource quantities, kubernetes.io).
_QUANTITIES: dict[str, Fraction | int] = {
    "": 1,
    "m": Fraction(1, 1000),
    **{c: 1000 ** (p + 1) for p, c in enumerate("kMGTPE")},
}
_QUANTITIES |= {f"{c}i": 1024 ** (p + 1) for p, c in enumerate("KMGTPE")}
# What nobody measured, and its default (contract "The site file"; facts/models.md 2.3, 2.5 and 3.1).
ASSUMED: Mapping[str, Fraction] = {
    "versions_kept": Fraction(2),
    "growth_per_year": Fraction(0),
    "free_space": Fraction("0.15"),
    "filesystem_overhead": Fraction("0.0192"),
    "version_delta": Fraction("0.35"),
    "parallel_uploads": Fraction(8),
    "metadata_bytes_per_link": Fraction(20_000),
    "hosts_per_image": Fraction(1),
    "unpacked_ratio": Fraction("2.44"),
    "releases_per_year": Fraction(4),
    "gc_delay_hours": Fraction(1),
    "gc_interval_hours": Fraction(1),
    "abandoned_uploads": Fraction(0),
}


@dataclass(frozen=True)
class Host:
    """An Edge host; None is what the site file does not say."""

    name: str
    role: str
    arch: str
    cpu_milli: int | None
    memory: int | None
    storage: int | None

    @property
    def platform(self) -> str:
        """What images must be for."""
        return f"linux/{self.arch}"


@dataclass(frozen=True)
class Site:
    """A site: `given` is the file as it stands, `registry` its section or None."""

    path: Path
    given: Mapping[str, Any]
    hosts: tuple[Host, ...]
    registry: Mapping[str, Any] | None
    assumed: Mapping[str, Fraction] = field(default_factory=dict)

    def text(self, dotted: str, default: str = "") -> str:
        """What a key says, such as versions.agent."""
        value: Any = self.given
        for part in dotted.split("."):
            value = (value or {}).get(part)
        return default if value is None else str(value)

    @property
    def years(self) -> Fraction:
        """The horizon: a year unless a scenario says otherwise."""
        return Fraction(self.text("scenario.years", "1"))

    @property
    def keeps(self) -> int | None:
        """How many versions whatever deletes leaves; None where nothing deletes."""
        match = re.fullmatch(r"keep (\d+).*", str((self.registry or {}).get("retention", "none")))
        return int(match[1]) if match else None

    @property
    def platforms(self) -> tuple[str, ...]:
        """The hosts' platforms, amd64 where no host is known (contract, "Verbs")."""
        return tuple(dict.fromkeys(host.platform for host in self.hosts)) or ("linux/amd64",)

    @property
    def schedulable(self) -> tuple[Host, ...]:
        """The hosts in the order in which ordinary workloads fill them: workers first."""
        return tuple(sorted(self.hosts, key=lambda host: host.role != "worker"))


def size(text: Any) -> int:
    """Read a size of a site file in bytes: 300GB, 300GiB or 300Gi.

    >>> size("300GB"), size("400Gi") == 400 * 2**30
    (300000000000, True)
    """
    match = re.fullmatch(r"([\d.]+)\s*([A-Za-z]*)", str(text).strip())
    if match is None:
        raise SystemExit(f"no size: {text}")
    return int(Fraction(match[1]) * _UNITS[match[2]])


def quantity(text: Any) -> Fraction:
    """Read a Kubernetes quantity such as 512Mi, 100m or 2."""
    match = re.fullmatch(r"([\d.]+)([A-Za-z]*)", str(text).strip())
    if match is None:
        raise SystemExit(f"no quantity: {text}")
    return Fraction(match[1]) * _QUANTITIES[match[2]]


def cpu_milli(text: Any) -> int:
    """Read processors in thousandths."""
    return int(quantity(text) * 1000)


def read_site(path: Path) -> Site:
    """Read a site file; hosts with a count become NAME-1 and so on."""
    given = read_yaml(path)
    hosts = [host for entry in given.get("hosts") or [] for host in _hosts(entry)]
    stated = given.get("assumptions") or {}
    return Site(
        path, given, tuple(hosts), given.get("registry"), {**ASSUMED, **{k: _share(v) for k, v in stated.items()}}
    )


def _share(text: Any) -> Fraction:
    shown = str(text)
    if shown.endswith("%"):
        return Fraction(shown[:-1]) / 100
    return Fraction(shown) if re.fullmatch(r"[\d.]+", shown) else Fraction(size(shown))


def _hosts(entry: Mapping[str, Any]) -> list[Host]:
    def told(key: str) -> int | None:
        return None if entry.get(key) is None else size(entry[key])

    count = entry.get("count")
    names = [entry["name"]] if count is None else [f"{entry['name']}-{number + 1}" for number in range(count)]
    processors = None if entry.get("cpu") is None else cpu_milli(entry["cpu"])
    role, arch = entry.get("role", "control-plane"), entry.get("arch", "amd64")
    return [Host(name, role, arch, processors, told("memory"), told("storage")) for name in names]
