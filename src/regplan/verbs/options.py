"""What every verb can be told beside its own arguments."""

from __future__ import annotations

import os
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.registry.options import ConnectionOptions
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from regplan.model.exchange import Exchange
    from regplan.model.progress import Report
    from regplan.oci.platform import Platform
    from regplan.registry.palette_target import PaletteAsked
    from regplan.registry.pulls import Pulls

__all__ = ["Options", "default_cache_folder", "heard", "listen", "split_variables"]

_SYSTEM = "system."
# Who hears of long calls that name nobody: a notebook.
_LISTENERS: Final[list[Report]] = []


@dataclass(frozen=True, slots=True)
class Options:
    """Sources, platforms, connections and folders; everything has a default.

    `sources` are texts as `--from` takes them, in order; empty means the references' own registries. `platforms` empty
    means the site's, else linux/amd64. `with_referrers` counts what refers to the images too. `environment` is what credentials are looked up in. `palette` is None where only the
    environment may name one. `mapping` is how images are
    named at the registry, as `--mapping` takes it. `declared_sizes` is a CSV file of sizes that no source can tell.
    `mirrors` maps source hosts to the HOST[/PREFIX] texts that are asked before them, in order.
    `unpacked` asks for the unpacked size of every layer. `media` are sizes of drives, in bytes, that are to bring the images. `rules` are files and folders of users' own rules. `fixes` asks for what would make a plan pass that does not,
    `sensitivity` for what each assumption moves, `life` for what
    every event of the site carries and when hosts are ready at the first bootstrap, by the clock's `tier` (None: whichever suits). `pulls` are what may be taken of registries that count them. `heard` is told every request to a registry.
    """

    sources: tuple[str, ...] = ()
    platforms: tuple[Platform, ...] = ()
    all_platforms: bool = False
    with_referrers: bool = False
    connection: ConnectionOptions = field(default_factory=ConnectionOptions)
    cache_folder: Path | None = None
    read_only: bool = False
    variables: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    mapping: str = "host"
    palette: PaletteAsked | None = None
    declared_sizes: str = ""
    mirrors: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unpacked: bool = False
    media: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()
    fixes: bool = False
    sensitivity: bool = False
    life: bool = False
    tier: int | None = None
    pulls: Pulls | None = None
    heard: Callable[[Exchange], object] | None = field(default=None, repr=False)

    @property
    def cache(self) -> Path:
        """The folder of the cache: the one that was asked for, else the user's."""
        return self.cache_folder or default_cache_folder()


def listen(report: Report | None) -> None:
    """Let `report` hear of every long call that names no listener of its own, from whatever thread; None ends that."""
    _LISTENERS[:] = [] if report is None else [report]


def heard(report: Report | None) -> Report | None:
    """Tell who hears of a call: whom it names, else whoever listens to all; None where nobody does."""
    return report or next(iter(_LISTENERS), None)


def split_variables(given: Sequence[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Part profile variables from what a running cluster knows, which is given as `system.NAME`; the last one wins.

    >>> split_variables([("Tag", "1.27"), ("system.cluster.name", "shop")])
    ({'Tag': '1.27'}, {'cluster.name': 'shop'})
    """
    system = {name.removeprefix(_SYSTEM): value for name, value in given if name.startswith(_SYSTEM)}
    return {name: value for name, value in given if not name.startswith(_SYSTEM)}, system


def default_cache_folder() -> Path:
    """Tell where manifests are kept between runs: the platform's cache folder for users.

    Raises `InputError` where the user's home folder is unknown.
    """
    import platformdirs

    try:
        return Path(platformdirs.user_cache_dir("regplan", appauthor=False))
    except RuntimeError:
        raise InputError(
            "the home folder is unknown, and so is the cache's: set HOME, or name its folder (--cache-dir, `cache_folder` in Python)"
        ) from None
