"""The sites that an app opened last, in a file of the user's state folder: names and what was found, never a secret."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.model.finding import Verdict
from regplan.model.recent import Recent, RecentSite
from regplan.report.document import json_text
from regplan.report.words import tidy
from regplan.store.cache import DigestCache
from regplan.store.files import read_bytes, user_path, write_atomic
from regplan.values import fields_of
from regplan.verbs.options import default_cache_folder

if TYPE_CHECKING:
    from datetime import datetime

    from regplan.model.plan import Plan
    from regplan.verbs.options import Options

__all__ = ["default_recent_file", "recent_sites", "remember_site"]

_MOST: Final = 12
_MOST_BYTES: Final = 2**18
_MOST_TEXT: Final = 1000


def default_recent_file() -> Path:
    """Tell where the list is kept: in the platform's folder for users' state; raises `InputError` without a home folder."""
    import platformdirs

    try:
        return Path(platformdirs.user_state_dir("regplan", appauthor=False)) / "recent.json"
    except RuntimeError:
        raise InputError("the home folder is unknown, and so are recent sites: set HOME") from None


def recent_sites(options: Options | None = None, file: Path | None = None) -> Recent:
    """Read the list, and count the cache; a file that is absent is an empty list, and one that is none is told in a line."""
    sites, problem = _read(file)
    try:
        info = DigestCache(options.cache if options is not None else default_cache_folder()).info()
    except InputError:
        return Recent(sites, problem)
    return Recent(sites, problem, info.entries, info.newest_s)


def remember_site(target: str, plan: Plan, at: datetime, file: Path | None = None) -> None:
    """Put a site first in the list, whole or not at all; a list that cannot be read is begun anew. Raises `InputError`.

    A path that no terminal can show is not remembered.
    """
    path = file or default_recent_file()
    is_row = target.startswith("fleet:")
    opened = target if is_row else str(user_path(target).absolute())
    if not opened.isprintable() or len(opened) > _MOST_TEXT:
        return
    storage, name = plan.storage, tidy(plan.site.name)[:_MOST_TEXT]
    now = at.isoformat(timespec="seconds")
    site = RecentSite(opened, name, plan.verdict, storage.required_bytes, storage.claimed_bytes, now)
    others = (each for each in _read(path)[0] if each.target != opened)
    _write(path, (site, *others))


def _write(path: Path, sites: tuple[RecentSite, ...]) -> None:
    told = [fields_of(each) for each in sites[:_MOST]]
    write_atomic(path, json_text({"schema_version": 1, "kind": "recent", "sites": told}).encode())


def _read(file: Path | None) -> tuple[tuple[RecentSite, ...], str]:
    try:
        path = file or default_recent_file()
        if not path.exists():
            return (), ""
        document: Any = json.loads(read_bytes(path, _MOST_BYTES))
        return tuple(_site(each) for each in document["sites"][:_MOST]), ""
    except InputError as error:
        return (), str(error)
    except (ValueError, KeyError, TypeError, RecursionError, OSError):
        return (), f"{path}: is no list of recent sites, and is written anew with the next one"


def _site(record: Any) -> RecentSite:  # noqa: ANN401  whatever JSON holds
    claimed = record["claimed_bytes"]
    return RecentSite(
        _text(record["target"]),
        _text(record["name"]),
        Verdict(record["verdict"]),
        _bytes(record["required_bytes"]),
        None if claimed is None else _bytes(claimed),
        _text(record["opened_at"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MOST_TEXT or not value.isprintable():
        raise TypeError(value)
    return value


def _bytes(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < math.inf:
        raise TypeError(value)
    return value
