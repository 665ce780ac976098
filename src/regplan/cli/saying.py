"""What is said on standard error: lines for people, on which no terminal acts, whoever's words are in them."""

from __future__ import annotations

import click

__all__ = ["harmless", "say"]


def say(message: str) -> None:
    """Write a line to standard error, with each character escaped that a terminal would act on."""
    click.echo(harmless(message), err=True)


def harmless(message: str) -> str:
    """Escape what a terminal would act on, as names in files and answers of registries may hold it."""
    from regplan.report.words import with_escapes

    # A carriage return lays out a text, and takes a terminal back over what it has shown.
    return with_escapes(message).replace("\r", "\\r")
