"""In which project of a registry each image comes to lie: Harbor charges a project for a blob, whoever else holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.plan.mapping import target_repository

if TYPE_CHECKING:
    from regplan.model.image import Inventory
    from regplan.oci.reference import Reference
    from regplan.plan.mapping import Mapping as Naming

__all__ = ["project_of_repository", "target_repositories"]


def target_repositories(inventory: Inventory, project: str, mapping: Naming = "host") -> dict[Reference, str]:
    """Map each resolved reference to its repository at the registry; what no registry takes keeps its own name, in `project`."""
    names: dict[Reference, str] = {}
    for entry in inventory.entries:
        try:
            names[entry.reference] = target_repository(entry.reference, project, mapping)
        except InputError:
            names[entry.reference] = "/".join(filter(None, (project.strip("/"), entry.reference.name)))
    return names


def project_of_repository(repository: str) -> str:
    """Tell the Harbor project of a repository: the first component of its name (Harbor docs, "Working with Projects").

    >>> project_of_repository("spectro-images/docker.io/library/nginx")
    'spectro-images'
    """
    return repository.partition("/")[0]
