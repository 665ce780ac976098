"""What the registry's screen says above its tables and of its rows, and how a registry is asked for: values in, words out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from regplan.model.exchange import Exchange
from regplan.model.holdings import HeldManifest
from regplan.model.pruning import PruneItem
from regplan.model.verifying import Moved
from regplan.report.explained.lines import Explanation
from regplan.report.words import counted, exact, readable, tidy
from regplan.tui.services import options_at, site_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.holdings import RegistryHoldings
    from regplan.model.progress import Report
    from regplan.registry.options import Login
    from regplan.tui.jobs import Job
    from regplan.tui.services import Services, Working
    from regplan.verbs.looking import RegistryLook
    from regplan.verbs.verifying import Verification

__all__ = ["explain_held", "look_lines", "read_registry", "with_login"]

_NEXT = "R reads a registry: HOST:PORT, or HOST:PORT/PROJECT; nothing is written"


def read_registry(app: Working, text: str) -> None:
    """Begin to read a registry, held against the open site if there is one."""
    services, target = app.services, app.session.target

    async def work(tell: Report) -> RegistryLook:
        site = None if target is None else site_at(target)
        return await services.look_at(text, site, options_at("", services.options), tell)

    app.begin("registry", work, text, lasting=True)


def with_login(services: Services, login: Login) -> Services:
    """Use a login from now on, for as long as the app runs."""
    options = options_at("", services.options)
    return replace(services, options=replace(options, connection=replace(options.connection, login=login)))


def look_lines(job: Job, look: RegistryLook | None, *, binary: bool) -> Iterator[str]:
    """Tell what was read, what it comes to, and what to do next."""
    if job.busy:
        progress = job.progress
        done = f"{getattr(progress, 'done', 0):,} of {getattr(progress, 'total', 0):,}" if progress else ""
        yield f"reading {tidy(str(job.subject))} {done} · esc cancels"
        return
    if job.error is not None:
        yield f"✗ {job.error.message.splitlines()[0]}"
        yield _NEXT
        return
    if look is None:
        yield "cancelled" if job.cancelled else "No registry was read yet."
        yield _NEXT
        return
    if look.error:
        yield f"✗ {tidy(look.error)}"
    if look.holdings is not None:
        yield from _held(look.holdings, binary=binary)
    if look.verification is not None:
        yield from _against(look.verification, binary=binary)
    elif look.holdings is not None:
        yield "held against no site: o opens one, and with its registry's address R tells what is lacking"
    yield "R reads again, or another one · every request stands below"


def _held(held: RegistryHoldings, *, binary: bool) -> Iterator[str]:
    def size(size_bytes: int | None) -> str:
        return readable(size_bytes, "bytes", binary=binary)

    least = "" if held.is_whole and not held.troubles else "at least "
    kind = f" ({tidy(held.kind)})" if held.kind else ""
    yield (
        f"{tidy(held.host)}{kind}: {least}{counted(len(held.manifests), 'image')} in {held.repositories:,} repositories,"
        f" {size(held.stored_bytes)} stored, each digest once; image by image {size(held.summed_bytes)}"
    )
    if held.quota_bytes is not None or held.used_bytes is not None:
        yield f"quota {size(held.quota_bytes)}, used of it {size(held.used_bytes)}; physically {size(held.stored_bytes)}"
    if held.free_bytes is not None:
        yield f"free on its disk {size(held.free_bytes)}"
    wrong = sum(each.is_wrong_arch for each in held.manifests)
    if wrong:
        yield f"✗ {counted(wrong, 'image')} for an architecture that no host of the site has"
    yield from (f"? {tidy(each)}" for each in held.troubles[:2])


def _against(found: Verification, *, binary: bool) -> Iterator[str]:
    result, orphans, drift = found.result, found.orphans, found.drift
    lacking = len(result.internet_fallback)
    state = "✓ complete" if result.complete else f"✗ {len(result.missing)} missing, {len(result.wrong)} wrong"
    effect = f", {counted(lacking, 'image')} would go to the internet" if lacking else ""
    yield f"against the open site: {state} of {result.checked}{effect}"
    if orphans is not None:
        most = "at most " if orphans.is_upper_bound else ""
        freed = readable(orphans.found.freed_bytes, "bytes", binary=binary)
        yield f"named by no version: {counted(len(orphans.found.items), 'manifest')}, {most}{freed} of which collecting frees"
    if drift is not None:
        moved = f"{counted(len(drift.moved), 'tag')} moved at the source of {drift.asked} asked"
        yield drift.why_not or f"{moved}, {len(drift.unknown)} unknown"


def explain_held(row: object) -> Explanation:
    """Explain a row of the registry's tables; raises `TypeError` for what they do not list."""
    if isinstance(row, HeldManifest):
        title, lines = row.name, _held_lines(row)
    elif isinstance(row, Exchange):
        title, lines = f"{row.method} {row.host}", _exchange_lines(row)
    elif isinstance(row, PruneItem):
        title, lines = (
            row.repository,
            iter((("digest", str(row.digest)), ("why", row.why), ("size", exact(row.size_bytes, "bytes")))),
        )
    elif isinstance(row, Moved):
        title = row.reference
        lines = iter((("here", str(row.seeded)), ("at its source", str(row.now or "gone"))))
    else:
        raise TypeError(f"nothing is known of {type(row).__name__}")
    return Explanation(tidy(title), tuple(line for line in lines if line[1]))


def _held_lines(row: HeldManifest) -> Iterator[tuple[str, str]]:
    yield "digest", str(row.digest)
    yield "type", row.media_type
    yield "tags", tidy(", ".join(row.tags))
    yield "platforms", tidy(", ".join(row.platforms)) or "not told by a config that could be read"
    yield "", "no host of the open site has this architecture" if row.is_wrong_arch else ""
    yield "size", f"{exact(row.size_bytes, 'bytes')}: manifests and blobs, each once"
    yield "unique", f"{exact(row.unique_bytes, 'bytes')} that nothing else in the registry needs"


def _exchange_lines(row: Exchange) -> Iterator[tuple[str, str]]:
    yield "at", f"{datetime.fromtimestamp(row.at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
    yield "request", f"{row.method} {tidy(row.url)}"
    yield "status", "" if row.status is None else str(row.status)
    yield "problem", row.problem
    yield "bytes", "" if row.size_bytes is None else exact(row.size_bytes, "bytes")
    yield "took", f"{row.took_s * 1000:,.1f} ms until the answer was there"
