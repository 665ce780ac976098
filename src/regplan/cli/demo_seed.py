"""`demo --seed`: what seeding looks like, shown."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.shown import size

if TYPE_CHECKING:
    from regplan.cli.options import Common
    from regplan.verbs.demo_seed import SeedDemo

__all__ = ["show_demo_seed"]


def show_demo_seed(common: Common) -> int:
    """Run the demonstration and show what came of it."""
    from regplan.verbs.demo_seed import demo_seed

    def tell(what: str) -> None:
        if not common.quiet:
            click.echo(f"{what} ...", err=True)

    seen = demo_seed(tell)
    records = tuple({"step": step, "what": what} for step, what in _steps(seen))
    head = f"seeding {seen.images} images from one registry of this machine into another, killed once"
    table = Table((Column("step", "STEP"), Column("what", "WHAT")), records)
    document = {"kind": "demo-seed", **asdict(seen)}
    emit(Answer(document, (table,), (head,), _foot(seen)), common.output)
    return ExitCode.DONE if seen.complete else ExitCode.FAILED


def _steps(seen: SeedDemo) -> tuple[tuple[str, str], ...]:
    plan, done = seen.plan, seen.done
    whole, naive = plan["blob_bytes"], plan["naive_bytes"]
    bytes_planned = f"{plan['blobs']} blobs, {size(whole)} once ({size(naive)} image by image)"
    killed = f"kill -9 after {size(seen.killed_bytes)} of {size(whole)}, {size(seen.again_bytes)} in blobs half sent"
    kept = f"the {plan['blobs'] - done['uploaded_blobs']} blobs that were whole stayed"
    copied = f"{kept}, {done['uploaded_blobs']} sent ({size(done['uploaded_bytes'])}), {done['mounted']} mounted"
    proof = "complete" if seen.complete else "NOT complete"
    return (
        ("made", f"{seen.images} images of this Python's own files, which share layers"),
        ("planned", f"{bytes_planned}, {plan['requests_min']} requests at least"),
        ("link", f"{seen.link_bps / 1e6:.1f} Mbit/s, which --max-rate plays"),
        ("killed", killed),
        ("resumed", copied),
        ("verified", f"{seen.verified} images, every byte read back and hashed: {proof}"),
    )


def _foot(seen: SeedDemo) -> tuple[str, str]:
    share = seen.sent_bytes / seen.plan["naive_bytes"]
    return (
        f"killed once, resumed, verified in {seen.seconds:.1f} s; {size(seen.again_bytes)} went again",
        f"{size(seen.sent_bytes)} sent in all, {100 * share:.0f} % of what copying image by image sends",
    )
