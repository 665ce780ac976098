"""JupyterLab on a copy of the notebooks, with nothing in it that asks another host."""

from __future__ import annotations

import importlib.util
import itertools
import os
from pathlib import Path
from typing import Final

from regplan.errors import InputError, MissingExtra
from regplan.store.files import user_path, write_atomic
from regplan.store.shipped import notebooks_folder
from regplan.units import MiB

__all__ = ["KERNELS", "NOTEBOOKS", "copy_notebooks", "install_kernel", "lab_arguments", "need_lab", "start_lab"]

NOTEBOOKS: Final = "regplan-notebooks"
# Jupyter looks for `kernels/NAME` in each folder of its path.
KERNELS: Final = Path(__file__).with_name("jupyter")
_NAME: Final = "regplan"
# News, the look for a newer version, and the extension manager's list of packages each ask the internet.
_QUIET: Final = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)
# An upload is one message of a web socket; tornado ends the connection over one of more than 10 MiB, and says nothing.
_MOST_UPLOAD_BYTES: Final = 256 * MiB


def copy_notebooks(folder: str | Path | None = None) -> Path:
    """Copy the shipped notebooks into a folder and return it; a notebook that is there already is never overwritten.

    Without a folder it is a new one beside what is here: regplan-notebooks, regplan-notebooks-2 and so on. Raises `InputError`
    where the folder cannot be made.
    """
    target = _free() if folder is None else user_path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for each in sorted(notebooks_folder().glob("*.ipynb")):
            if not (target / each.name).exists():
                write_atomic(target / each.name, each.read_bytes())  # half a one would be kept the next time
    except OSError as error:
        raise InputError(f"{target}: {error.strerror or error}; name another folder for the notebooks") from error
    return target


def lab_arguments(folder: Path, port: int | None, *, browser: bool) -> list[str]:
    """Tell what JupyterLab is started with: this machine alone, and no question to another one."""
    # Only whoever has the token that is in the address it prints gets in, as Jupyter has it by itself.
    told = [str(folder), "--ServerApp.ip=127.0.0.1", "--ServerApp.allow_remote_access=False", *_QUIET]
    # In a container one is root; whoever may ask this server may start it too.
    told.append("--ServerApp.allow_root=True")
    told.append(f"--ServerApp.tornado_settings={{'websocket_max_message_size': {_MOST_UPLOAD_BYTES}}}")
    told += [] if port is None else [f"--ServerApp.port={port}"]
    return told if browser else [*told, "--no-browser"]


def start_lab(folder: Path, port: int | None = None, *, browser: bool = True) -> None:
    """Run JupyterLab until it is ended; the launcher has regplan's card whether the kernel is installed or not.

    Raises `MissingExtra` where JupyterLab is absent.
    """
    need_lab()
    from jupyterlab.labapp import LabApp

    _put_first("JUPYTER_PATH", KERNELS)
    # Without announcements nobody is asked whether news from the internet are wanted.
    _put_first("JUPYTER_CONFIG_PATH", KERNELS / "config")
    LabApp.launch_instance(lab_arguments(folder, port, browser=browser))


def need_lab() -> None:
    """Raise `MissingExtra` where JupyterLab is absent."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise MissingExtra("JupyterLab", "lab")


def install_kernel(*, user: bool) -> Path:
    """Install the kernel for this Python: for the user, whose every JupyterLab then has its card, or in this environment.

    Returns its folder. Raises `MissingExtra` where Jupyter is absent, and `InputError` where nothing can be written.
    """
    need_lab()
    import json
    import sys

    from jupyter_client.kernelspec import KernelSpecManager

    source = KERNELS / "kernels" / _NAME
    try:
        made = KernelSpecManager().install_kernel_spec(
            str(source), _NAME, user=user, prefix=None if user else sys.prefix
        )
        # `python` is whatever starts Jupyter's own kernels; a user's JupyterLab may run in another environment.
        file = Path(made) / "kernel.json"
        spec = json.loads(file.read_text(encoding="utf-8"))
        spec["argv"][0] = sys.executable
        file.write_text(json.dumps(spec, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{error.filename or source}: {error.strerror or error}; the kernel is not installed"
        ) from error
    return Path(made)


def _put_first(name: str, folder: Path) -> None:
    os.environ[name] = os.pathsep.join(filter(None, (str(folder), os.environ.get(name, ""))))


def _free() -> Path:
    names = itertools.chain((NOTEBOOKS,), (f"{NOTEBOOKS}-{count}" for count in itertools.count(2)))
    return next(path for path in map(Path, names) if not path.exists())
