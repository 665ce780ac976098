"""How a seeding is wished for: one field for each topic, and what the runner makes of them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.progress import Report
    from regplan.seed.listening import Listener
    from regplan.seed.settings import Settings
    from regplan.seed.stopping import Stop

__all__ = ["SeedWishes", "settings_for"]


@dataclass(frozen=True, slots=True)
class SeedWishes:
    """How to seed, beside what and where to; everything has a default.

    `listeners` hear what the run does; `stop` is asked to end it early, from whatever thread. `create_project` makes the
    Harbor project that is not there. `look_only` spends requests on telling more, since nothing will be written.
    """

    listeners: tuple[Listener, ...] = ()
    stop: Stop | None = None
    create_project: bool = False
    look_only: bool = False


def settings_for(wishes: SeedWishes, report: Report | None = None) -> Settings:
    """Tell how the runner is to work; `report` hears progress beside the wished listeners."""
    from regplan.seed.settings import Settings
    from regplan.seed.telling import Telling

    told = () if report is None else (Telling(report),)
    return Settings(listeners=(*told, *wishes.listeners), stop=wishes.stop)
