"""Where the data and notebooks are that ship with regplan: in the installed package, else in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from regplan.errors import InputError

__all__ = ["demo_folder", "notebooks_folder", "published_folder"]

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_CHECKOUT: Final = _PACKAGE.parents[1]


def demo_folder() -> Path:
    """Tell the folder of the demo's site, profiles and recording; raises `InputError` where the install lacks it."""
    return _first("demo data", _PACKAGE / "_data" / "demo", _CHECKOUT / "data" / "demo")


def notebooks_folder() -> Path:
    """Tell the folder of the notebooks; raises `InputError` where the install lacks it."""
    return _first("notebooks", _PACKAGE / "_data" / "notebooks", _CHECKOUT / "notebooks")


def published_folder() -> Path:
    """Tell the folder of what others measured and published; raises `InputError` where the install lacks it."""
    return _first("published measurements", _PACKAGE / "_data" / "published", _CHECKOUT / "data" / "published")


def _first(what: str, *folders: Path) -> Path:
    for folder in folders:
        if folder.is_dir():
            return folder
    raise InputError(f"the {what} of regplan are not installed here; install regplan again (pip install regplan)")
