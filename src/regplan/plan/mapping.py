"""Where an image stands at the target: its source's name, written as a repository under the project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError

if TYPE_CHECKING:
    from regplan.oci.reference import Reference

__all__ = ["MAPPINGS", "target_repository"]

MAPPINGS: Final = ("host", "plain")
_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_MOST_NAME: Final = 255


def target_repository(reference: Reference, project: str, mapping: str = "host") -> str:
    """Tell the repository at the target that holds `reference`, under `project` ("" for none).

    "host" keeps the source host, a port's colon written as an underscore, as Palette's docs show it; "plain" keeps the
    repository path alone. Raises `InputError` for an unknown mapping and for a name that no registry takes.

    >>> from regplan.oci.reference import Reference
    >>> target_repository(Reference.parse("nginx"), "spectro-images")
    'spectro-images/docker.io/library/nginx'
    >>> target_repository(Reference.parse("harbor.corp:8443/a:1"), "spectro-images")
    'spectro-images/harbor.corp_8443/a'
    >>> target_repository(Reference.parse("quay.io/coreos/etcd"), "spectro-images", "plain")
    'spectro-images/coreos/etcd'
    """
    if mapping not in MAPPINGS:
        raise InputError(f"{mapping!r} is not a mapping that this version knows; use {' or '.join(MAPPINGS)}")
    host = [reference.registry.strip("[").replace("]", "").replace(":", "_")] if mapping == "host" else []
    name = "/".join(part for part in (project.strip("/"), *host, reference.repository) if part)
    _check(name, reference, project)
    return name


def _check(name: str, reference: Reference, project: str) -> None:
    if project.strip("/") and _REPOSITORY.fullmatch(project.strip("/")) is None:
        raise InputError(f"{project!r} is not a project: lower-case letters, digits, and . _ - between them")
    if _REPOSITORY.fullmatch(name) is None:
        raise InputError(f"{reference}: {name!r} is not a name that a registry takes; use --mapping plain")
    if len(name) > _MOST_NAME:
        raise InputError(
            f"{reference}: its name at the target has {len(name)} characters and a registry takes {_MOST_NAME}; "
            "use a shorter project or --mapping plain"
        )
