"""`images`: what profiles need, who names it, and where it will stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.plan.names import target_names
from regplan.plan.rules.profiled import profile_findings
from regplan.profile.read import unreadable
from regplan.values import dataclass
from regplan.verbs.among import fetched_among, take_sites
from regplan.verbs.inputs import read_inputs
from regplan.verbs.naming import own_addresses, project_of, read_mapping
from regplan.verbs.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.profile import Declarations

__all__ = ["Listing", "list_images", "list_targets"]


@dataclass(frozen=True, slots=True)
class Listing:
    """What profiles declare, and the name that each reference gets at the registry; what no registry takes is left out."""

    declarations: Declarations
    targets: Mapping[str, str]


def list_images(arguments: Sequence[str], options: Options | None = None, mapping: str = "host") -> Declarations:
    """List the images that profiles, packs, lists and sites name, with provenance and findings; no image is fetched, blocking.

    Raises `InputError` for what cannot be read and `RegistryError` where a Palette that is named cannot be asked.
    """
    return list_targets(arguments, options, mapping).declarations


def list_targets(arguments: Sequence[str], options: Options | None = None, mapping: str = "host") -> Listing:
    """List the same with their names at the registry: in the project of the site among the arguments, else the profiles'.

    Raises the same, and `InputError` for a mapping that cannot be read.
    """
    told = options or Options()
    among = fetched_among(take_sites(arguments, told), told)
    declarations = read_inputs(among.arguments, among.reading).declarations
    registries = [site.registry for site in among.sites if site.registry is not None]
    projects = list(dict.fromkeys(registry.project for registry in registries))
    project = projects[0] if len(projects) == 1 else project_of(declarations)
    addresses = [address for registry in registries for address in registry.addresses]
    naming = own_addresses(read_mapping(mapping, declarations), None, *addresses)
    wiring = profile_findings(declarations, project, naming)
    references = dict.fromkeys(use.reference for use in declarations.uses if use.reference is not None)
    names, _ = target_names(references, project, naming)
    findings = (*declarations.findings, *unreadable(declarations), *wiring)
    return Listing(
        replace(declarations, findings=findings), {str(reference): name for reference, name in names.items()}
    )
