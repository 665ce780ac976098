"""Paths in a site file: relative to that file there, relative to the caller here. No file is looked at."""

from __future__ import annotations

import posixpath
from pathlib import PurePath
from typing import Final

from regplan.patterns import pattern

__all__ = ["beside", "is_file_name", "is_palette_id", "looks_like_file", "moved", "source_beside"]

_ENDINGS: Final = (".json", ".yaml", ".yml", ".txt", ".tgz", ".tar", ".tar.gz", ".zip", ".zst", ".csv", ".xlsx")
_STARTS: Final = ("/", "./", "../", "~", ".\\", "..\\", "\\")
_DRIVE = pattern(r"[A-Za-z]:[\\/]")
# Helm writes oci://HOST, and no folder is named so.
_ON_DISK = pattern(r"(oci|oci-archive|docker-archive|bundle|recording):(?!//)(.+)")
_TRANSPORT = pattern(r"[a-z][a-z-]+:")
_PALETTE_ID = pattern(r"[0-9a-f]{24}")


def beside(file: str, text: str) -> str:
    """Tell the path of what `file` names `text`; ids of Palette and everything with another transport stay.

    >>> beside("sites/a.yaml", "profiles/infra.json"), beside("a.yaml", "infra")
    ('sites/profiles/infra.json', './infra')
    >>> beside("sites/a.yaml", "oci:images"), beside("sites/a.yaml", "oci://registry.example/charts/web:1.2.3")
    ('oci:sites/images', 'oci://registry.example/charts/web:1.2.3')
    """
    on_disk = _ON_DISK.fullmatch(text)
    if on_disk is not None:
        return f"{on_disk[1]}:{_join(_folder(file), on_disk[2])}"
    if _PALETTE_ID.fullmatch(text) or _TRANSPORT.match(text):
        return text
    path = _join(_folder(file), text)
    return path if looks_like_file(path) else f"./{path}"


def is_palette_id(text: str) -> bool:
    """Tell whether a text is an id of Palette: 24 hexadecimal digits."""
    return _PALETTE_ID.fullmatch(text) is not None


def is_file_name(text: str) -> bool:
    r"""Tell whether a text names a file: it has no transport and no tag.

    >>> is_file_name("infra"), is_file_name("C:\\infra.json"), is_file_name("nginx:1.27"), is_file_name("oci:images")
    (True, True, False, False)
    """
    if _ON_DISK.fullmatch(text) is not None or "://" in text:
        return False
    return looks_like_file(text) or _TRANSPORT.match(text) is None


def source_beside(file: str, text: str) -> str:
    """Do the same for a source or an image: a bare word such as `origin`, and a reference, stay.

    >>> source_beside("sites/a.yaml", "recording:rec/"), source_beside("sites/a.yaml", "origin")
    ('recording:sites/rec/', 'origin')
    """
    return beside(file, text) if _ON_DISK.fullmatch(text) or looks_like_file(text) else text


def moved(text: str, folder: str, other: str) -> str:
    """Tell the path that names in the folder `other` what `text` names in `folder`; what is no relative path stays.

    >>> moved("infra.json", "/sites", "/sites/drafts"), moved("recording:rec/", "/sites", "/tmp")
    ('../infra.json', 'recording:../sites/rec')
    >>> moved("/infra.json", "/sites", "/tmp"), moved("nginx:1.27", "/sites", "/tmp")
    ('/infra.json', 'nginx:1.27')
    """
    on_disk = _ON_DISK.fullmatch(text)
    if on_disk is not None:
        return f"{on_disk[1]}:{moved(on_disk[2], folder, other)}"
    if _PALETTE_ID.fullmatch(text) or _TRANSPORT.match(text) or text.startswith(("/", "~", "\\")) or _DRIVE.match(text):
        return text
    return posixpath.relpath(posixpath.join(folder, text.replace("\\", "/")), other)


def _folder(file: str) -> str:
    parent = str(PurePath(file).parent)
    return "" if parent == "." else parent


def looks_like_file(text: str) -> bool:
    """Tell whether a text is a path by its look: how it begins, or how it ends (the contract's "Arguments").

    >>> [looks_like_file(text) for text in ("./infra", "list.txt", ".", "nginx:1.27")]
    [True, True, True, False]
    """
    return (
        text in {".", ".."}
        or text.startswith(_STARTS)
        or _DRIVE.match(text) is not None
        or text.lower().endswith(_ENDINGS)
    )


def _join(folder: str, text: str) -> str:
    if not folder or text.startswith(("/", "~", "\\")) or _DRIVE.match(text):
        return text
    below = text.removeprefix("./").removeprefix(".\\")
    return f"{folder.rstrip('/')}/{below}"
