"""How a seeding is wished for: one field for each topic, and what the runner makes of them all."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.model.run import SeedLimits
from regplan.report.front import Front
from regplan.values import dataclass
from regplan.verbs.limiting import ahead_of, limiter_of, limits_at, pulls_of, windows_of
from regplan.verbs.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.progress import Report
    from regplan.model.site import Site
    from regplan.seed.listening import Listener
    from regplan.seed.settings import Settings
    from regplan.seed.steering import Steering
    from regplan.seed.stopping import Stop
    from regplan.verbs.limiting import Outlook

__all__ = ["JournalWish", "SeedWishes", "limited", "settings_for"]

_AT_ONCE: Final = 32


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class JournalWish:
    """Which journal to keep: `file`, or one for the site in the user's state folder; none where it is `off`.

    One that is `only_read` is looked at and not written.
    """

    file: str = ""
    off: bool = False
    only_read: bool = False


@dataclass(frozen=True, slots=True)
class SeedWishes:
    """How to seed, beside what and where to; everything has a default.

    `listeners` hear what the run does; `stop` is asked to end it early, from whatever thread. `create_project` makes the
    Harbor project that is not there. `look_only` spends requests on telling more, since nothing will be written.
    `journal` tells where what the target confirms is written down. `limits` are what may be taken of links and hours.
    `tell` hears what is worth knowing at once, such as a node that is passed over, one sentence each.
    `steering` takes the place of the limits' rate and hours, and may change them under way.
    `reports` are the files that tell of the run, `front` what stands on their covers, and `redact` what is replaced in
    them: hosts, addresses, registries. `check` is how closely the target is looked at, before and after: tags
    (one question for each), blobs or deep, as verifying does; what is harmed is then sent again.
    """

    listeners: tuple[Listener, ...] = ()
    stop: Stop | None = None
    create_project: bool = False
    look_only: bool = False
    journal: JournalWish = field(default_factory=JournalWish)
    limits: SeedLimits = field(default_factory=SeedLimits)
    tell: Callable[[str], None] = _silent
    steering: Steering | None = None
    reports: tuple[str, ...] = ()
    front: Front = field(default_factory=Front)
    redact: tuple[str, ...] = ()
    check: str = "tags"


def limited(site: Site | None, options: Options | None, wishes: SeedWishes | None) -> tuple[Options, SeedWishes]:
    """Put limits in force: windows go by the site's clock, and pulls that are counted are held to their number."""
    wished = wishes or SeedWishes()
    wished = replace(wished, limits=limits_at(wished.limits, site))
    told = options or Options()
    # Whoever seeds decides himself how many requests there are at a time, by how they fare.
    connection = replace(told.connection, ahead_bytes=ahead_of(wished.limits), at_once=_AT_ONCE)
    return replace(told, connection=connection, pulls=pulls_of(wished.limits, wished.listeners)), wished


def settings_for(
    wishes: SeedWishes,
    report: Report | None = None,
    journal: Listener | None = None,
    outlook: Outlook | None = None,
) -> Settings:
    """Tell how the runner is to work; `report` hears progress beside the wished listeners, and `journal` before them."""
    from regplan.seed.settings import Settings
    from regplan.seed.telling import Telling

    told = () if report is None else (Telling(report),)
    return Settings(
        listeners=(*told, *wishes.listeners),
        stop=wishes.stop,
        journal=journal,
        steering=wishes.steering,
        limiter=limiter_of(wishes.limits) if wishes.steering is None else wishes.steering.limiter,
        windows=windows_of(wishes.limits),
        min_bps=wishes.limits.min_bps,
        patience_s=wishes.limits.patience_s,
        link_bps=None if outlook is None else outlook.link_bps,
        tell=wishes.tell,
    )
