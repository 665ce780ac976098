"""The target that `--to` and `--at` name."""

from __future__ import annotations

import click

__all__ = ["only_target"]


def only_target(targets: tuple[str, ...], option: str) -> str | None:
    """Give the one target that an option names, None where it is left out; more than one is a usage error."""
    if len(targets) > 1:
        raise click.UsageError(f"{option} stands {len(targets)} times: this version takes one target at a time")
    return targets[0] if targets else None
