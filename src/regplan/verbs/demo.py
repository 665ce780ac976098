"""The demo: where its site file is, and the options that keep it off the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.registry.options import ConnectionOptions
from regplan.store.shipped import demo_folder
from regplan.verbs.options import Options

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["demo_fleet", "demo_options", "demo_site"]


def demo_site() -> Path:
    """Tell where the demo's site file is; it ships with regplan."""
    return demo_folder() / "site.yaml"


def demo_fleet() -> Path:
    """Tell where the demo's table of sites is; it ships with regplan."""
    return demo_folder() / "sites.csv"


def demo_options() -> Options:
    """Options under which no connection is made and no name is looked up."""
    return Options(connection=ConnectionOptions(offline=True))
