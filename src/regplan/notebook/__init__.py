"""regplan in Jupyter: `%load_ext regplan.notebook` gives charts a headless export, and cells magics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Register magics, let charts survive a headless export without reaching another host, and frames show texts.

    Charts that have no template of their own look like the reports'.
    """
    from regplan.notebook.displays import show_long_texts
    from regplan.notebook.frames import show_aligned_frames
    from regplan.notebook.magics import register_magics
    from regplan.notebook.progress import show_progress
    from regplan.notebook.renderer import use_offline_charts
    from regplan.notebook.sentences import show_sentences

    register_magics(ipython)
    show_sentences(ipython)
    show_progress(ipython)
    use_offline_charts()
    show_long_texts()
    show_aligned_frames(ipython)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Take the magics away again; values show themselves all the same, and charts stay offline."""
    from regplan.notebook.magics import unregister_magics
    from regplan.notebook.progress import hide_progress
    from regplan.notebook.sentences import show_tracebacks

    unregister_magics(ipython)
    show_tracebacks(ipython)
    hide_progress(ipython)
