"""What is kept of a folder or an archive while it is read: texts by their paths, and every bound that holds for them."""

from __future__ import annotations

import codecs
import posixpath
import re
import sys
from bisect import bisect_left
from typing import Final

from regplan.errors import InputError
from regplan.profile.parts import Members
from regplan.store.files import MOST_TEXT_BYTES, decode_text
from regplan.store.forward import Budget, Damaged, Forward, damage, unpacked
from regplan.store.signs import GZIP, looks_like_tar
from regplan.store.tarwalk import EntryKind, walk_tar

__all__ = ["Gathering", "shown"]

_HEAD: Final = 8192
_MOST_MEMBERS: Final = 50_000
_MOST_DEPTH: Final = 5
_MOST_KEPT_BYTES: Final = 96 * 2**20
_MOST_TOLD: Final = 20
_MOST_PATH: Final = 1024
_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NEEDED: Final = (".yaml", ".yml", ".json", ".tpl")
_DOCUMENTATION: Final = (".md", ".markdown", ".rst", ".adoc", ".html", ".svg", ".css", ".bats", ".snap", ".lock", ".go")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
# How an image in an archive gives itself away: the layout's own file and blobs, or a docker-archive's layers.
_OF_IMAGE: Final = re.compile(
    r"(?P<above>.*/)?(?:oci-layout|blobs/sha256/[0-9a-f]{64})|(?P<saved>[0-9a-f]{64}(?:/layer\.tar|/json|\.json|\.tar))"
)
_MOST_HOPS: Final = 5


class Gathering:
    """Collects the texts of one folder or archive; raises `InputError` at the first bound that does not hold."""

    def __init__(self, file: str) -> None:
        """Start empty; `file` is what errors call it."""
        self.file = file
        self._texts: dict[str, str] = {}
        self._same: dict[str, str] = {}
        self._links: list[tuple[str, str]] = []
        self._skipped: list[str] = []
        self._problems: list[str] = []
        self._members = 0
        self._kept_bytes = 0

    def path(self, name: str, above: str = "", *, is_archived: bool = True) -> str | None:
        """Tell a member's path below `above`; None where it is hidden. Counts it."""
        self._members += 1
        self.check_room()
        path = name.replace("\\", "/") if is_archived else name
        parts = [part for part in path.split("/") if part not in {"", "."}]
        if is_archived and (path.startswith("/") or _DRIVE.match(path) or ".." in parts):
            raise self.refused(name, "leads out of the archive, as no pack's or chart's member does")
        if len(path) > _MOST_PATH:
            raise self.refused(name, f"its name is longer than {_MOST_PATH} characters")
        if _is_hidden(parts):
            return None
        return posixpath.join(above, *parts)

    def check_room(self, more: int = 0) -> None:
        """Raise `InputError` where so many more members would be too many."""
        if self._members + more > _MOST_MEMBERS:
            raise InputError(f"{self.file}: holds more than {_MOST_MEMBERS:,} members; hand over a part of it")

    def refused(self, name: str, why: str) -> InputError:
        """Make the error for a member that ends all reading."""
        return InputError(f"{self.file}: {shown(name)}: {why}")

    def skip(self, path: str, why: str) -> None:
        """Note what is not read, and why."""
        self._skipped.append(f"{shown(path)} {why}")

    def problem(self, path: str, why: str) -> None:
        """Note what should have been read and cannot be."""
        if len(self._problems) < _MOST_TOLD:
            self._problems.append(f"{self.file}: {shown(path)}: {why}")

    def link(self, path: str, target: str, above: str = "", *, is_symbolic: bool = True) -> None:
        """Note a link, which is followed at the end; raises `InputError` where it leaves the archive that it stands in.

        A symbolic link's target is told from the link's own folder, a hard link's from the top of its archive.
        """
        goal = target.replace("\\", "/")
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(path) if is_symbolic else above, goal))
        is_outside = goal.startswith("/") or _DRIVE.match(goal) or f"{inside}/".startswith("../")
        if is_outside or (above and not f"{inside}/".startswith(f"{above}/")):
            raise self.refused(path, f"is a link to {shown(target)}, which leads out of the archive")
        self._links.append((path, inside))

    def take(self, path: str, data: Forward, budget: Budget, depth: int = 0) -> None:
        """Read a member: an archive is taken apart, a text is kept, anything else is named."""
        head = data.peek(_HEAD)
        if (image := _OF_IMAGE.fullmatch(path)) is not None:
            raise self._image(image)
        if head.startswith(GZIP) and path.lower().endswith((".tgz", ".tar.gz")):
            self._packed(path, data, budget, depth)
        elif not head.startswith(GZIP) and looks_like_tar(head[:512]):
            self._archive(path, data, budget, depth)
        elif path.lower().endswith(_DOCUMENTATION):
            self.skip(path, "is documentation or source code")
        elif b"\0" in head and not head.startswith(_MARKS):
            self._binary(path)
        else:
            self._text(path, data)

    def archive(self, data: Forward, budget: Budget, above: str = "", depth: int = 0) -> None:
        """Read the members of a tar archive below `above`; raises `Damaged`."""
        with damage():
            for entry in walk_tar(data):
                path = self.path(entry.name, above)
                if path is None or path == above or entry.kind is EntryKind.FOLDER:
                    continue
                match entry.kind:
                    case EntryKind.FILE:
                        self.take(path, entry.data, budget, depth)
                    case EntryKind.SYMLINK | EntryKind.HARD_LINK:
                        self.link(path, entry.target, above, is_symbolic=entry.kind is EntryKind.SYMLINK)
                    case _:
                        self.skip(path, "is no file")
            # What follows the last member is read too: a gzip stream's checksum stands at its end.
            data.skip()

    def members(self) -> Members:
        """Tell everything that was kept, links followed; raises `InputError` where links multiply it beyond bounds."""
        left = self._links
        for _ in range(_MOST_HOPS):
            ordered = sorted(self._texts) if left else []
            left = [link for link in left if not self._followed(*link, ordered)]
        for path, target in left:
            self.skip(path, f"is a link to {shown(target)}, where no text is")
        return Members(self.file, self._texts, tuple(self._skipped), tuple(self._problems))

    def _packed(self, path: str, data: Forward, budget: Budget, depth: int) -> None:
        inner = Budget(f"{self.file}: {shown(path)}", data.left or 0, budget)
        self._archive(path, unpacked(data, inner), inner, depth)

    def _archive(self, path: str, data: Forward, budget: Budget, depth: int) -> None:
        if depth + 1 >= _MOST_DEPTH:
            raise self.refused(path, f"is an archive inside {_MOST_DEPTH} others, and no pack needs that")
        try:
            self.archive(data, budget, path, depth + 1)
        except Damaged as error:
            self.problem(path, str(error))

    def _binary(self, path: str) -> None:
        if path.lower().endswith(_NEEDED):
            self.problem(path, "is not text in UTF-8, nor in UTF-16 with a byte order mark")
        else:
            self.skip(path, "is not text")

    def _text(self, path: str, data: Forward) -> None:
        raw = data.read(MOST_TEXT_BYTES + 1)
        if len(raw) > MOST_TEXT_BYTES:
            raise self.refused(path, f"is larger than the {MOST_TEXT_BYTES:,} bytes that a text may have")
        try:
            text = decode_text(raw, shown(path))
        except InputError as error:
            if path.lower().endswith(_NEEDED):
                self.problem(path, str(error).removeprefix(f"{shown(path)}: "))
            else:
                self.skip(path, "is not text in UTF-8")
            return
        self.keep(path, text)

    def keep(self, path: str, text: str) -> None:
        """Keep a text; the same text under many paths takes room once."""
        if text not in self._same:
            self._kept_bytes += sys.getsizeof(text)
            if self._kept_bytes > _MOST_KEPT_BYTES:
                raise InputError(
                    f"{self.file}: holds more than {_MOST_KEPT_BYTES:,} bytes of text; hand over a part of it"
                )
        self._texts[path] = self._same.setdefault(text, text)

    def _image(self, found: re.Match[str]) -> InputError:
        if found["saved"]:
            return InputError(f"{self.file}: holds an image as docker save writes it; write docker-archive:{self.file}")
        if found["above"]:
            return InputError(f"{self.file}: holds images in {shown(found['above'])}; write bundle:{self.file}")
        return InputError(
            f"{self.file}: holds an image; write oci-archive:{self.file}, or docker-archive:{self.file} where docker save wrote it"
        )

    def _followed(self, path: str, target: str, ordered: list[str]) -> bool:
        """Take what a link leads to, one text or all below a folder; False where nothing is there yet."""
        if target in self._texts:
            self._texts[path] = self._texts[target]
            return True
        above = "" if target == "." else f"{target}/"
        if path.startswith(above):
            return False
        found = ordered[bisect_left(ordered, above) : bisect_left(ordered, f"{target}0")]
        self._members += len(found)
        self.check_room()
        for each in found:
            self._texts[path + each.removeprefix(target)] = self._texts[each]
        return bool(found)


def shown(name: str) -> str:
    """Tell a member's name so that it can be printed anywhere, shortened."""
    short = name if len(name) <= 200 else f"{name[:200]}..."
    return short if short.isprintable() else ascii(short)


def _is_hidden(parts: list[str]) -> bool:
    """Tell whether a path is hidden; what `helm` reads of a chart's folder is not."""
    return any((part.startswith(".") and part != ".helmignore") or part == "__MACOSX" for part in parts)
