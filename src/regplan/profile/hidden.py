"""Keys whose values are secrets, told by their names: such values are never read, shown or filled in."""

from __future__ import annotations

import re

__all__ = ["is_secret_key"]

_SECRET = re.compile(
    r"(?:password|passwd|passphrase|secret|token|credential|api[-_ ]?key|private[-_ ]?key)s?", re.IGNORECASE
)


def is_secret_key(key: str) -> bool:
    """Tell whether a key names a secret; a key of a file that holds one does not.

    >>> is_secret_key("harborAdminPassword"), is_secret_key("token_file"), is_secret_key("project")
    (True, False, False)
    """
    return _SECRET.search(key) is not None and not key.lower().endswith(("_file", "-file"))
