"""What goes on while the internet link is cut: what each host needs, and whether it comes back or joins."""

from __future__ import annotations

from typing import Literal, TypeAlias

from regplan.values import dataclass

__all__ = ["Event", "HostNeeds", "HostSurvival", "RegistryState"]

Event: TypeAlias = Literal["reboot", "node-add"]
RegistryState: TypeAlias = Literal["up", "node-down", "none"]


@dataclass(frozen=True, slots=True)
class HostNeeds:
    """The references that a host pulls, as texts: `placed` for certain, `adrift` perhaps, their placement being unknown.

    What lies in the provider image is in neither.
    """

    placed: frozenset[str] = frozenset()
    adrift: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class HostSurvival:
    """Whether a host comes back from a reboot, or one like it joins ("node-add"), while the internet link is cut.

    `registry` is up; or its node is down, another than this host where there are several; or there is none. `returns` is
    None where that cannot be told. `missing` are the images that the host would lack, `unknown` those that it may lack.
    """

    host: str
    event: Event
    registry: RegistryState
    returns: bool | None
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    why: str = ""
