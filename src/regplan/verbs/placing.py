"""Where a set of images is to lie: the repositories, and with them the projects, that it gets at a registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.plan.projects import target_repositories
from regplan.verbs.naming import own_addresses, project_of, read_mapping
from regplan.verbs.targets import parse_target

if TYPE_CHECKING:
    from regplan.model.image import Inventory
    from regplan.model.profile import Declarations
    from regplan.oci.reference import Reference
    from regplan.verbs.among import Among

__all__ = ["repositories_at"]


def repositories_at(
    at: str, inventory: Inventory, declarations: Declarations, told: tuple[Among, str]
) -> dict[Reference, str]:
    """Map references to their repositories at the registry `at`, else at that of the sites, else at one of the profiles' project.

    `told` are the arguments with their sites, and the mapping that was asked for. Raises `InputError` for a target or a
    mapping that cannot be read.
    """
    among, mapping = told
    registries = [site.registry for site in among.sites if site.registry is not None]
    projects = list(dict.fromkeys(registry.project for registry in registries))
    addresses = [address for registry in registries for address in registry.addresses]
    project = projects[0] if len(projects) == 1 else project_of(declarations)
    if at:
        target = parse_target(at)
        project, addresses = target.project, [*addresses, target.host]
    naming = own_addresses(read_mapping(mapping, declarations), None, *addresses)
    return target_repositories(inventory, project, naming)
