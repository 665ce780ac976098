"""Lists of references: one on each line, `#` comments, as images.txt in mirroring guides."""

from __future__ import annotations

from typing import Final

from regplan.errors import InvalidProfile
from regplan.model.profile import ImageUse, Provenance
from regplan.patterns import pattern
from regplan.profile.macros import has_macro
from regplan.profile.mention import image_use, strip_reference

__all__ = ["MOST_ENTRIES", "list_entries", "looks_like_list", "names_file", "parse_list"]

# A site has hundreds of images; each entry takes memory in everything that follows.
MOST_ENTRIES: Final = 50_000
_JUDGED: Final = 1_000
_FILES: Final = (".json", ".yaml", ".yml", ".txt", ".csv", ".xlsx")
_MACRO = pattern(r"\{\{[^{}\n\\]*\}\}")
# No reference has these, with or without a macro in it.
_PUNCTUATION = pattern(r"[][{}\",\s]")
_FLOW = pattern(r"[\ufeff\s]*(?:\[|\{(?!\{[^{}\n\\]*\}\}))")
_COMMENT = pattern(r"(?:^|\s)#.*")
_BULLET = pattern(r"\A[-*]\s+")


def parse_list(text: str, file: str) -> tuple[ImageUse, ...]:
    """Read a list of references; a line that is none keeps its place with its problem.

    >>> [str(use.reference) for use in parse_list("redis:7  # cache", "images.txt")]
    ['docker.io/library/redis:7']

    Raises `InvalidProfile` where no line is a reference.
    """
    uses = tuple(image_use(entry, Provenance(file, key=key)) for key, entry in list_entries(text))
    if not any(use.reference is not None or has_macro(use.text) for use in uses):
        what = f": {uses[0].provenance.key}, {uses[0].problem}" if uses else ""
        raise InvalidProfile(f"{file} holds no image reference{what}")
    return uses


def list_entries(text: str) -> tuple[tuple[str, str], ...]:
    r"""List the entries of a text with their places, "line 1" and so on; comments and empty lines are left out.

    >>> list_entries("# web\nnginx:1.27\n")
    (('line 2', 'nginx:1.27'),)
    """
    lines = (_COMMENT.sub("", line).strip() for line in text.removeprefix("\ufeff").splitlines())
    return tuple((f"line {number}", _BULLET.sub("", line, count=1)) for number, line in enumerate(lines, 1) if line)


def names_file(entry: str) -> bool:
    """Tell whether an entry of a list names a file, by its ending: lists are not read by lists, so that none is a cycle.

    >>> names_file("more-images.txt"), names_file("nginx:1.27")
    (True, False)
    """
    return entry.lower().endswith(_FILES)


def looks_like_list(text: str) -> bool:
    r"""Tell whether most lines of a text, of the first thousand, are image references.

    >>> looks_like_list("nginx:1.27\nnot one\nredis"), looks_like_list("<html>")
    (True, False)

    What begins as JSON or a YAML flow is none, however it goes on.
    """
    if _FLOW.match(text) is not None:
        return False
    uses = [image_use(entry, Provenance("")) for _, entry in list_entries(text)[:_JUDGED]]
    good = sum(use.reference is not None or _is_macro_reference(use.text) for use in uses)
    return 2 * good > len(uses)


def _is_macro_reference(text: str) -> bool:
    return has_macro(text) and _PUNCTUATION.search(_MACRO.sub("", strip_reference(text))) is None
