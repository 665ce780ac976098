"""Which of a site's versions are meant, and what they name: `profiles` are the current one, `upgrade_to` is the next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from regplan.errors import InputError
from regplan.verbs.palette import fetch_site, read_arguments
from regplan.verbs.sites import with_options
from regplan.verbs.study import older_inputs, site_inputs, upgrade_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.progress import Report
    from regplan.model.site import Site
    from regplan.verbs.inputs import Inputs
    from regplan.verbs.options import Options
    from regplan.verbs.palette import Fetched

__all__ = ["BOTH", "CURRENT", "EVERY", "NEXT", "VERSIONS", "asked_versions", "read_versions"]

CURRENT, NEXT, BOTH = "current", "next", "both"
VERSIONS: Final = (CURRENT, NEXT, BOTH)
EVERY: Final = "every"


def asked_versions(versions: str, known: Sequence[str]) -> tuple[str, ...]:
    """Tell which versions current, next or both mean; raises `InputError` where the next one is not among the `known`.

    >>> asked_versions("both", ["current", "next"])
    ('current', 'next')
    """
    asked = (CURRENT, NEXT) if versions == BOTH else (versions,)
    if NEXT in asked and NEXT not in known:
        raise InputError("there is no next version: give a site file with upgrade_to, or ask for the current version")
    return asked


async def read_versions(
    named: tuple[str, ...] | Site, options: Options, report: Report | None = None, versions: str = EVERY
) -> list[tuple[str, Inputs]]:
    """Read the versions that arguments or a site name: the current one always, others as far as they are wanted.

    Arguments have no version but the current one. "every" has the next version and then the previous ones, newest first.
    """
    if isinstance(named, tuple):
        return [(CURRENT, await read_arguments(named, options, report))]
    site = with_options(named, options)
    return await to_thread.run_sync(partial(_read_site, site, await fetch_site(site, options), versions))


def _read_site(site: Site, fetched: Fetched, versions: str) -> list[tuple[str, Inputs]]:
    read = [(CURRENT, site_inputs(site, fetched))]
    if versions != CURRENT and (newer := upgrade_inputs(site, fetched)) is not None:
        read.append((NEXT, newer))
    if versions == EVERY:
        for place, inputs in enumerate(older_inputs(site, fetched), 1):
            read.append(("previous" if place == 1 else f"previous-{place}", inputs))
    return read
