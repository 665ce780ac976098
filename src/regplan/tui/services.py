"""What screens ask the verbs for, as functions that the app is given: tests give their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from regplan.tui.session import DEMO
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, TypeAlias

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.model.sharing import PackSharing
    from regplan.model.upgrade import SiteUpgrade
    from regplan.tui.session import Session
    from regplan.verbs.options import Options

    # The path of a site or "demo", and what to compare it with, "" for its next version.
    Comparing: TypeAlias = Callable[[str, str, Options | None, Report], Coroutine[Any, Any, SiteUpgrade]]
    Sharing: TypeAlias = Callable[[Study], Coroutine[Any, Any, PackSharing]]

__all__ = ["Services", "Working"]


async def _compare(target: str, other: str, options: Options | None, report: Report) -> SiteUpgrade:
    from regplan.verbs.demo import demo_options, demo_site
    from regplan.verbs.sites import read_site
    from regplan.verbs.upgrading import compare_next

    if target == DEMO:
        return await compare_next(read_site(demo_site()), other, demo_options(), report)
    return await compare_next(read_site(target), other, options, report)


async def _share(study: Study) -> PackSharing:
    from regplan.plan.pairs import share_packs

    return share_packs(study.inventory, study.declarations)


@dataclass(frozen=True, slots=True)
class Services:
    """How registries are reached, and one function for each long work; every one is awaited in a thread of its own.

    A function stands here under the verb's name, with one of this module that calls the verb as its default; verbs are
    imported inside, so that the app's first picture waits for none of them.
    """

    options: Options | None = None
    compare: Comparing = _compare
    share: Sharing = _share


class Working(Protocol):
    """What screens see of the app that begins their jobs."""

    session: Session
    services: Services

    def begin(
        self,
        name: str,
        work: Callable[[Report], Coroutine[Any, Any, object]],
        subject: object,
        *,
        lasting: bool = False,
    ) -> None:
        """Begin a job."""
