"""`seed --emit job`: options, and the Job on standard output."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode, worst
from regplan.cli.progress import progress_line
from regplan.cli.saying import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.cli.options import Common
    from regplan.verbs.emitting import JobWish
    from regplan.verbs.options import Options
    from regplan.verbs.seeding import SeedJob

__all__ = ["emit_options", "show_job"]


def emit_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--emit job` and what goes with it; hands over `emit`, a `JobWish` or None."""

    @click.option("--emit", type=click.Choice(["job"]), help="Print it as a Kubernetes Job, and seed nothing.")
    @click.option("--job-image", metavar="IMAGE", help="Of the job: regplan's own image, built from the Containerfile.")
    @click.option("--job-namespace", default="default", show_default=True, metavar="NAME", help="Of the job.")
    @click.option(
        "--job-secret", default="", metavar="NAME", help="Of the job: the Secret (dockerconfigjson) with logins."
    )
    @functools.wraps(function)
    def wrapped(*, emit: str | None, job_image: str | None, job_namespace: str, job_secret: str, **given: Any) -> Any:  # noqa: ANN401
        if emit is None and (job_image or job_secret):
            raise click.UsageError("--job-image and --job-secret are of --emit job")
        if emit is not None and not job_image:
            raise click.UsageError("--emit job needs --job-image: regplan's own image, as the cluster can pull it")
        return function(**given, emit=None if emit is None else _wish(str(job_image), job_namespace, job_secret))

    return wrapped


def _wish(image: str, namespace: str, secret: str) -> JobWish:
    from regplan.verbs.emitting import JobWish

    return JobWish(image, namespace, secret)


def show_job(job: SeedJob, wish: JobWish, options: Options, common_: Common) -> int:
    """Print the Job; what a user should know of it is told on standard error."""
    from regplan.verbs.emitting import emit_job

    with progress_line(quiet=common_.quiet) as report:
        made = emit_job(job, wish, options, report)
    click.echo(made.text, nl=False)
    if not made.is_listed and not common_.quiet:
        say(
            f"regplan: {wish.image} is not among the images of {job.site.name if job.site else 'what is named'}: it was added "
            "to the list; have it on the hosts before the job runs (phase 0, the content bundle)",
        )
    for reason in made.unresolved:
        say(f"unresolved: {reason}")
    return worst([ExitCode.UNRESOLVED] if made.unresolved else [])
