"""`doctor`: what is installed, which credentials are seen, and whether terminal, cache and tools serve."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from enum import StrEnum
from importlib import metadata
from typing import TYPE_CHECKING, Final

from regplan.errors import RegplanError
from regplan.registry.credentials import Credentials
from regplan.store.shipped import demo_folder
from regplan.values import dataclass
from regplan.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from regplan.registry.credentials import AuthFile
    from regplan.verbs.options import Options

__all__ = ["Check", "State", "examine"]

# Modules that are in a package of another name.
_PACKAGES: Final = {"docx": "python-docx"}
_EXTRAS: Final = {
    "tui": ("textual",),
    "report": ("jinja2", "pandas", "plotly", "typst", "docx", "xlsxwriter"),
    "lab": ("jupyterlab", "ipykernel", "ipywidgets"),
    "fleet": ("distributed", "openpyxl"),
    "serve": ("bcrypt", "textual_serve"),
}
_TOOLS: Final = {"skopeo": "copies images one by one, to compare with", "helm": "renders charts"}


class State(StrEnum):
    """How a check came out; only `PROBLEM` stands in the way of regplan's core, and `SOON` will."""

    OK = "ok"
    ABSENT = "absent"
    SOON = "soon"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what it is, how it is, what was found, and what to do where it does not serve."""

    name: str
    state: State
    found: str
    fix: str = ""


def examine(options: Options) -> tuple[Check, ...]:
    """Look at this machine; nothing is sent anywhere and no credential is shown."""
    return (
        Check("regplan", State.OK, VERSION),
        Check("python", State.OK, f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        *(_extra(name, modules) for name, modules in _EXTRAS.items()),
        *_credentials(options),
        _terminal(),
        _cache(options.cache),
        _attempt("demo data", lambda: f"{len(list(demo_folder().rglob('*')))} files"),
        *(_tool(name, why) for name, why in _TOOLS.items()),
    )


def _version(package: str) -> str:
    try:
        return metadata.version(_PACKAGES.get(package, package))
    except metadata.PackageNotFoundError:
        return "of unknown version"


def _extra(name: str, modules: tuple[str, ...]) -> Check:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        return Check(f"[{name}]", State.ABSENT, f"no {', '.join(missing)}", f"pip install 'regplan[{name}]'")
    return Check(f"[{name}]", State.OK, ", ".join(f"{module} {_version(module)}" for module in modules))


def _credentials(options: Options) -> tuple[Check, ...]:
    try:
        seen = Credentials(options.connection, options.environment).files_seen()
    except RegplanError as error:
        return (Check("auth files", State.PROBLEM, str(error), "mend or move the file"),)
    there = [each for each in seen if each.exists]
    if not there:
        looked = ", ".join(str(each.path) for each in seen)
        return (Check("auth file", State.ABSENT, f"none of {looked}", "docker, podman or skopeo login write one"),)
    return tuple(_auth_file(each) for each in there)


def _auth_file(file: AuthFile) -> Check:
    if file.problem:
        return Check("auth file", State.PROBLEM, f"{file.path}: {file.problem}", "mend or move the file")
    helpers = f"; helpers {', '.join(file.helpers)}" if file.helpers else ""
    return Check("auth file", State.OK, f"{file.path}: {', '.join(file.hosts) or 'no host'}{helpers}")


def _terminal() -> Check:
    if not sys.stdout.isatty():
        return Check("terminal", State.ABSENT, "standard output is not a terminal")
    size = shutil.get_terminal_size()
    encoding = (sys.stdout.encoding or "").lower()
    colour = "no colour" if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else "colour"
    found = f"{size.columns}x{size.lines}, {encoding}, {colour}"
    if "utf" not in encoding:
        return Check("terminal", State.ABSENT, found, "set a UTF-8 locale, such as LANG=C.UTF-8")
    return Check("terminal", State.OK, found)


def _cache(folder: Path) -> Check:
    def probe() -> str:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"regplan")
        return f"{folder}, {shutil.disk_usage(folder).free / 1e9:.1f} GB free"

    return _attempt("cache", probe, "give another folder with --cache-dir")


def _attempt(name: str, look: Callable[[], str], fix: str = "install regplan again") -> Check:
    try:
        return Check(name, State.OK, look())
    except (OSError, RegplanError) as error:
        return Check(name, State.PROBLEM, str(error), fix)


def _tool(name: str, why: str) -> Check:
    path = shutil.which(name)
    return Check(name, State.OK, path) if path else Check(name, State.ABSENT, f"not on the path; it {why}")
