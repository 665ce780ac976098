"""Which folder of a tree is which repository, told by its name below the top; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regplan.plan.mapping import target_repository

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.oci.reference import Reference

__all__ = ["rank_folders", "source_of"]


def rank_folders(names: Iterable[str], reference: Reference) -> list[str]:
    """List the folders that may hold a reference's repository, likeliest first, by their names below the top.

    >>> from regplan.oci.reference import Reference
    >>> rank_folders(["p/docker.io/library/nginx", "library/nginx", "redis"], Reference.parse("nginx:1"))
    ['p/docker.io/library/nginx', 'library/nginx']
    """
    mapped = target_repository(reference, "")
    wanted = {mapped: 0, reference.repository: 2}
    ranked = []
    for name in names:
        project, _, rest = name.partition("/")
        if name.endswith(f"/{mapped}"):
            ranked.append((1, name))
        elif name in wanted:
            ranked.append((wanted[name], name))
        elif rest == reference.repository and "." not in project and "_" not in project:
            ranked.append((3, name))
    return [name for _, name in sorted(ranked)]


def source_of(name: str) -> tuple[str, str]:
    """Split a folder's name into host and repository, a project before them left out.

    >>> source_of("spectro-images/docker.io/library/nginx"), source_of("nginx")
    (('docker.io', 'library/nginx'), ('localhost', 'nginx'))
    """
    parts = name.split("/")
    for place in (0, 1):
        if len(parts) > place + 1 and ("." in parts[place] or parts[place].startswith("localhost")):
            return re.sub(r"_(\d+)$", r":\1", parts[place]), "/".join(parts[place + 1 :])
    return "localhost", name
