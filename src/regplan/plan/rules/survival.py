"""Rules about what goes on while the internet link is cut."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.facts import missing_references, needed_references, sync_enabled, unresolved_references
from regplan.plan.rules.rule import Observation, Rule, listed
from regplan.plan.rules.sources import PRIMARY, SINCE_PRIMARY
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]


def _look_reboot(_: Rule, basis: Basis) -> Iterator[Observation]:
    if basis.facts.site.registry is not None:
        yield _served(basis, "a rebooted host")
        return
    yield Observation(
        "Without a primary registry a rebooted host has only the images of its own cache; one that was collected or is "
        "always pulled is fetched over the internet.",
        where="registry",
        fix="Plan a primary registry, if hosts must come back while the internet is cut.",
        verdict=Verdict.INFO,
    )


def _look_node_add(_: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    if site.registry is not None:
        yield _served(basis, "a new host")
        return
    is_cut = site.internet != "full"
    each = max(basis.facts.image_bytes_by_host.values(), default=0)
    takes = f"up to {format_bytes(each)}" if each else "every image it runs"
    yield Observation(
        f"Without a primary registry a new host pulls {takes} over the internet"
        + {"none": ", which this site does not have.", "thin": ", which is there only for planned transfers."}.get(
            site.internet, "."
        ),
        where="registry",
        fix="Plan a primary registry, or bring the content to each new host.",
        verdict=Verdict.FAIL if is_cut else Verdict.INFO,
    )


def _served(basis: Basis, who: str) -> Observation:
    """Tell whether every image comes from the registry; an image in no list is in no registry.

    A site with full internet and content sync pulls that one from the internet, so that it still works: INFO.
    """
    missing = missing_references(basis.facts)
    unresolved = [each.reference for each in unresolved_references(basis.facts)]
    needed = needed_references(basis.facts)
    lost = {*missing, *unresolved}
    works = basis.facts.site.internet == "full" and sync_enabled(basis.facts)
    seen = _seen(who, missing if not (works and unresolved) else (), unresolved, works=works)
    if not needed:
        seen = Observation(
            "No image is named, so nothing can be said.",
            fix="Name profiles or images in the site file.",
            verdict=Verdict.INCOMPLETE,
        )
    kept = sum(reference not in lost for reference in needed)
    return replace(seen, measured=kept, required=len(needed), where="registry")


def _seen(who: str, missing: Sequence[str], unresolved: Sequence[str], *, works: bool) -> Observation:
    if missing:
        return Observation(
            f"With the internet cut, {who} finds these nowhere: {listed(missing)}.",
            fix="Add them to their packs' `pack.content.images`.",
            verdict=Verdict.INFO if works else Verdict.FAIL,
        )
    if unresolved:
        return Observation(
            f"Whether {who} finds these with the internet cut is not known: {listed(unresolved)}.",
            fix="Name a source that has them (`from:`), or mend the references.",
            verdict=Verdict.INCOMPLETE,
        )
    return Observation(f"With the internet cut, {who} finds every image in the registry once it is seeded.")


_SERVED: Final = (
    "whether every image that the site needs is in a list and resolved, so that the registry has it; a missing one is "
    "INFO where the internet is full and content sync on, since it is then pulled from there"
)
RULES: Final = (
    Rule(
        id="survive.reboot",
        title="Hosts reboot while the internet is cut",
        compares=f"{_SERVED}; INFO without a primary registry, where each host's own cache decides",
        source=PRIMARY,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.INFO),
        look=_look_reboot,
        unit="images",
        since=SINCE_PRIMARY,
    ),
    Rule(
        id="survive.node-add",
        title="Hosts join while the internet is cut",
        compares=f"{_SERVED}; without a primary registry FAIL where the internet is none or thin, INFO where it is full",
        source=PRIMARY,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.INFO),
        look=_look_node_add,
        unit="images",
        since=SINCE_PRIMARY,
    ),
)
