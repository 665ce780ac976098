"""regplan in Jupyter: `%load_ext regplan.notebook` gives plans, inventories and charts their displays."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Register the displays, let charts survive a headless export without reaching another host, and frames show texts."""
    from regplan.notebook.displays import register, show_long_texts
    from regplan.notebook.renderer import use_offline_charts

    register(ipython)
    use_offline_charts()
    show_long_texts()


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Take the displays away again; charts stay offline."""
    from regplan.notebook.displays import unregister

    unregister(ipython)
