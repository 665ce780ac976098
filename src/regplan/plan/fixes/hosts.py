"""Changes of hosts: more processors, memory or disk for those that have less, and further hosts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.fix import Change, Cost
from regplan.plan.fixes.ground import Lever, Part, size_text
from regplan.units import GB, GiB, TiB
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from regplan.model.finding import Finding
    from regplan.model.site import Host, Site
    from regplan.plan.fixes.ground import Ground, Put
    from regplan.plan.fixes.problems import Problem

__all__ = ["host_levers"]

_MOST_ADDED: Final = 3
_MILLI: Final = 1000


@dataclass(frozen=True, slots=True)
class _Quantity:
    """What a host has of one kind: its key in the site file, its field, the step it is raised by, and the most of it."""

    key: str
    field: str
    unit: str
    step: int
    most: int
    words: str

    def of(self, host: Host) -> int | None:
        """Tell what a host has of it, None where it is not stated."""
        value: int | None = getattr(host, self.field)
        return value

    def text(self, amount: int) -> str:
        """Write an amount as the site file takes it."""
        return f"{amount / _MILLI:g}" if self.unit == "milli" else size_text(amount)


_QUANTITIES: Final = (
    _Quantity("cpu", "cpu_milli", "milli", _MILLI, 1024 * _MILLI, "processors"),
    _Quantity("memory", "memory_bytes", "bytes", GiB, 16 * TiB, "of memory"),
    # Drives are sold in decimal units.
    _Quantity("storage", "storage_bytes", "bytes", GB, 1_000_000 * GB, "of disk"),
)


def host_levers(ground: Ground, problems: Iterable[Problem]) -> Iterator[Lever]:
    """Tell how hosts may be changed: each that a problem names by itself, all that have less than some, and their number."""
    site = ground.site
    named, names = {where for _, where, _ in problems}, frozenset(host.name for host in site.hosts)
    for quantity in _QUANTITIES:
        for host in site.hosts:
            if host.name in named:
                lever = _raised(f"hosts.{host.name}.{quantity.key}", quantity, (host,))
                yield replace(lever, group=quantity.key, about=host.name)
        if site.hosts:
            yield replace(_raised(f"hosts.{quantity.key}", quantity, site.hosts), skips=names)
    yield from _added(site)


def _raised(key: str, quantity: _Quantity, hosts: Sequence[Host]) -> Lever:
    """Raise to one amount every host that has less."""
    base = min(((quantity.of(host) or 0) // quantity.step for host in hosts), default=0)
    is_stated = any(quantity.of(host) is not None for host in hosts)

    def pull(steps: int) -> Sequence[Part]:
        amount = (base + steps) * quantity.step
        return [_part(quantity, host, amount) for host in hosts if (quantity.of(host) or 0) < amount]

    def guess(finding: Finding) -> int:
        required = finding.required
        if finding.unit != quantity.unit or not isinstance(required, int | float):
            return 0
        return math.ceil(required / quantity.step) - base

    cost = Cost.HARDWARE if is_stated else Cost.STATEMENT
    return Lever(key, cost, quantity.most // quantity.step - base, pull, guess)


def _part(quantity: _Quantity, host: Host, amount: int) -> Part:
    before = quantity.of(host)
    text = quantity.text(amount)
    says = f"Give {{}} {text} {quantity.words}"
    if before is None:
        says = f"State what {{}} has {quantity.words}: {text} is enough"
    change = Change(
        f"hosts.{host.name}.{quantity.key}",
        "" if before is None else quantity.text(before),
        text,
        quantity.unit,
        before,
        amount,
    )
    return Part(change, _put_host(host.name, quantity.field, amount), says, host.name)


def _put_host(name: str, field: str, amount: int) -> Put:
    def put(ground: Ground) -> Ground:
        hosts = tuple(
            replace(host, **{field: amount}) if host.name == name else host  # type: ignore[arg-type]
            for host in ground.site.hosts
        )
        return replace(ground, site=replace(ground.site, hosts=hosts))

    return put


def _added(site: Site) -> Iterator[Lever]:
    """Add hosts like the largest that there is, of either role, for AMD64."""
    roles = ("worker", "control-plane")
    for role in roles:
        alike = [host for host in site.hosts if host.role == role] or list(site.hosts)
        if alike:
            yield Lever(f"hosts.{role}", Cost.HARDWARE, _MOST_ADDED, _Adding(site, role, _largest(alike)))


def _largest(hosts: Sequence[Host]) -> Host:
    return max(hosts, key=lambda host: (host.cpu_milli or 0, host.memory_bytes or 0, host.storage_bytes or 0))


@dataclass(frozen=True, slots=True)
class _Adding:
    """Adds so many hosts of a role, like another host and with a name that nobody has."""

    site: Site
    role: str
    like: Host

    def __call__(self, count: int) -> Sequence[Part]:
        """Tell the hosts that are added, all as one part: two are added where one does not do."""
        taken = {host.name for host in self.site.hosts}
        names = [f"{self.role}-added-{number}" for number in range(1, count + 1 + len(taken))]
        added = tuple(
            replace(self.like, name=name, role=self.role, arch="amd64")
            for name in [each for each in names if each not in taken][:count]
        )

        def put(ground: Ground) -> Ground:
            return replace(ground, site=replace(ground.site, hosts=(*ground.site.hosts, *added)))

        before = sum(host.role == self.role for host in self.site.hosts)
        has = [
            quantity.text(amount) + " " + quantity.words
            for quantity in _QUANTITIES
            if (amount := quantity.of(self.like))
        ]
        what = f"{count} AMD64 {self.role} {'host' if count == 1 else 'hosts'}"
        says = f"Add {what}{' with ' if has else ''}{', '.join(has)}"
        change = Change(f"hosts ({self.role})", str(before), str(before + count), "hosts")
        return [Part(change, put, says, weight=count / len(self.site.hosts))]
