"""What is secret, told by the names of keys and the shapes of addresses: such values are never read, shown or filled in."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from regplan.patterns import pattern
from regplan.profile.composer import Map, Seq
from regplan.profile.tree import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.composer import Tree

__all__ = ["holds_password", "is_secret_key", "masked", "passwords_in"]

_SECRET: Final = pattern(
    r"(?:password|passwd|passphrase|secret|token|credential|api[-_ ]?key|private[-_ ]?key)s?", re.IGNORECASE
)
_USERINFO: Final = pattern(r"//[^/@\s:]*:[^/@\s]*@")
# A password may hold a slash that nobody escaped, and a reference's digest is none.
_SHOWN: Final = pattern(r"//[^\s@:]*:[^\s@]*@(?!sha\d+:)")


@lru_cache(4096)
def is_secret_key(key: str) -> bool:
    """Tell whether a key names a secret; a key of a file that holds one does not.

    >>> is_secret_key("harborAdminPassword"), is_secret_key("token_file"), is_secret_key("project")
    (True, False, False)
    """
    return _SECRET.search(key) is not None and not key.lower().endswith(("_file", "-file"))


def holds_password(text: str) -> bool:
    """Tell whether an address with a user and password in it stands in a text.

    >>> holds_password("https://me:pw@harbor.corp"), holds_password("docker://harbor.corp:8443/a@sha256:00")
    (True, False)
    """
    return _USERINFO.search(text) is not None


def masked(text: str) -> str:
    """Write a text without the users and passwords of the addresses in it.

    >>> masked("'https://me:p/w@harbor.corp' is no file"), masked("docker://harbor.corp:8443/a@sha256:00")
    ("'https://***@harbor.corp' is no file", 'docker://harbor.corp:8443/a@sha256:00')
    """
    return _SHOWN.sub("//***@", text)


def passwords_in(tree: Tree, path: str = "") -> Iterator[tuple[int | None, str]]:
    """Yield the line and key of every address with a password below `path`; no value is ever told."""
    if isinstance(tree, Map | Seq):
        below = tree.items() if isinstance(tree, Map) else enumerate(tree)
        for key, child in below:
            at = f"{path}[{key}]" if isinstance(tree, Seq) else f"{path}.{key}" if path else str(key)
            if isinstance(child, str):
                if holds_password(child):
                    yield line_of(tree, key), at
            else:
                yield from passwords_in(child, at)
