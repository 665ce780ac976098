"""What a PROFILE|IMAGE argument is: a file, a folder, an image, or something with a transport."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.oci.reference import Reference, refuse_password
from regplan.patterns import pattern
from regplan.profile.site_paths import looks_like_file
from regplan.store.files import is_file, is_folder, user_path
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Argument", "ArgumentKind", "chart_reference", "classify", "listed", "names_artefact", "split_layout"]

_ENGINES: Final = ("containers-storage:", "docker-daemon:")
# Helm's own notation; no folder is named //HOST.
_CHART: Final = "oci://"
_ARCHIVES: Final = ("oci-archive:", "docker-archive:", "bundle:")


# As `split` names the parts of a bundle; an image may be named so too, where no file is.
_PART: Final = pattern(r"_part[0-9]{2,5}$")


class ArgumentKind(StrEnum):
    """What an argument names."""

    FILE = "file"
    FOLDER = "folder"
    IMAGE = "image"
    LAYOUT = "layout"
    RECORDING = "recording"
    OCI_ARCHIVE = "oci-archive"
    DOCKER_ARCHIVE = "docker-archive"
    BUNDLE = "bundle"
    CHART = "chart"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: a path for files and folders, a path and an optional name for layouts and archives, else a reference."""

    kind: ArgumentKind
    path: str = ""
    reference: Reference | None = None
    name: str = ""


def classify(text: str) -> Argument:
    """Tell what `text` names, as the contract's "Arguments, sources and targets" says; raises `InputError`."""
    if not text.strip():
        raise InputError("an empty argument names neither a file nor an image")
    refuse_password(text)
    # Packs write container:// where others write docker://.
    if text.startswith(("docker://", "container://")):
        return Argument(ArgumentKind.IMAGE, reference=Reference.parse(text.partition("://")[2]))
    if text.startswith(_ENGINES):
        transport, _, rest = text.partition(":")
        raise InputError(
            f"{text}: {transport}: is a container engine's own storage, which is not read; copy the image with "
            f"`skopeo copy {transport}:{rest} oci:DIR:{rest}` and write oci:DIR"
        )
    if text.startswith(_ARCHIVES):
        transport, _, rest = text.partition(":")
        path, name = split_layout(rest, f"{transport}:FILE")
        return Argument(ArgumentKind(transport), path=path, name=name)
    if text.startswith("palette:"):
        raise InputError(f"{text}: this names a cluster profile in Palette, where a file or an image is expected")
    if text.startswith("recording:"):
        return Argument(ArgumentKind.RECORDING, path=text.removeprefix("recording:"))
    if text.startswith(_CHART):
        return Argument(ArgumentKind.CHART, reference=chart_reference(text))
    if text.startswith("oci:"):
        path, name = split_layout(text.removeprefix("oci:"))
        return Argument(ArgumentKind.LAYOUT, path=path, name=name)
    return _plain(text)


def listed(arguments: Sequence[str]) -> tuple[str, ...]:
    """Tell the arguments as a tuple; a lone text is one argument, and not its letters.

    >>> listed("nginx:1.27"), listed(["a:1", "b:1"])
    (('nginx:1.27',), ('a:1', 'b:1'))
    """
    return (arguments,) if isinstance(arguments, str) else tuple(arguments)


def chart_reference(text: str) -> Reference:
    """Read `oci://HOST/REPO[:VERSION|@DIGEST]` as Helm does; without either the tag is None. Raises `InputError`.

    >>> str(chart_reference("oci://registry.example/charts/web:1.2.3+build.5"))
    'registry.example/charts/web:1.2.3_build.5'
    """
    rest = text.removeprefix(_CHART)
    name, at, digest = rest.partition("@")
    repository, colon, version = name.rpartition(":")
    has_version = bool(colon) and "/" not in version
    # A tag holds no plus sign, and Helm writes an underscore.
    name = f"{repository}:{version.replace('+', '_')}" if has_version else name
    reference = Reference.parse(f"{name}{at}{digest}")
    host = rest.partition("/")[0].lower()
    if host != reference.registry and reference.registry == "docker.io" and not host.endswith("docker.io"):
        raise InputError(
            f"{text}: after oci:// stands the registry's host, as in oci://registry.example/charts/web:1.2.3"
        )
    return reference if has_version or at else replace(reference, tag=None)


def names_artefact(text: str) -> bool:
    """Tell whether an argument that may be a file names something in a registry: it begins with docker://."""
    return text.startswith("docker://")


def split_layout(text: str, form: str = "oci:DIR") -> tuple[str, str]:
    r"""Split `DIR[:REF]` or `FILE[:REF]`; a drive letter's colon belongs to the path. `form` is what errors advise.

    >>> split_layout("images:app:1.0"), split_layout("C:\\images")
    (('images', 'app:1.0'), ('C:\\images', ''))
    """
    drive, rest = (text[:2], text[2:]) if len(text) > 2 and text[1] == ":" and text[2] in "\\/" else ("", text)
    path, _, name = rest.partition(":")
    if not drive + path:
        transport, _, kind = form.partition(":")
        what = "folder" if kind == "DIR" else "file"
        raise InputError(f"{transport}: names no {what}; write {form} or {form}:REFERENCE")
    return drive + path, name


def _plain(text: str) -> Argument:
    looks_like_path = looks_like_file(text)
    path = user_path(text)
    if text.endswith(("/", "\\")) or is_file(path / "pack.json") or is_file(path / "Chart.yaml"):
        return Argument(ArgumentKind.FOLDER, path=str(path))
    if looks_like_path and is_folder(path):
        return Argument(ArgumentKind.FOLDER, path=str(path))
    if looks_like_path:
        return Argument(ArgumentKind.FILE, path=str(path))
    if _PART.search(text) and is_file(path):
        raise InputError(f"{text}: is a part of an archive; write bundle:{text} for the images in all its parts")
    return Argument(ArgumentKind.IMAGE, reference=Reference.parse(text))
