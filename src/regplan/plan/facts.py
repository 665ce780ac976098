"""Everything that a plan is made from, and what the site and its profiles together say of the registry."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from regplan.model.image import Unresolved
from regplan.model.profile import UseStatus
from regplan.oci.platform import Platform
from regplan.plan.prepared import Prepared
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.image import Inventory
    from regplan.model.plan import HostDisk
    from regplan.model.profile import Declarations
    from regplan.model.site import Site
    from regplan.model.survival import HostNeeds
    from regplan.model.wire import Wire
    from regplan.oci.compression import UnpackedSize
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.plan.mapping import Mapping as Naming

__all__ = [
    "PlanFacts",
    "claimed_bytes",
    "in_no_list",
    "inventory_references",
    "missing_references",
    "named_references",
    "needed_in",
    "needed_references",
    "on_demand",
    "palette_bytes",
    "registry_kind",
    "sync_enabled",
    "unresolved_in",
    "unresolved_references",
    "unsure_references",
    "wanted_platforms",
]

# A list has these; the others are only named by what runs.
_IN_A_LIST: Final = frozenset({UseStatus.LISTED, UseStatus.UNUSED})
_NOTHING: Final = Prepared()


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """Everything that a plan is made from; `image_bytes_by_host` is what each host pulls at first bootstrap.

    `unpacked` are the sizes of unpacked layers as far as they were measured, `disks` what each host's images take on its
    drive, by its name; where a host is not in it, what it pulls and `unpacked_ratio` tell. `needs` are the references that
    each host pulls, by its name; of a host that is not in it their placement is not known.

    `upgrade` is the inventory of the profiles that the site goes to next, None where the site names none, and `older` are
    those of the versions before, newest first. `mapping` is how images are named at the registry. `prepared` keeps what follows from declarations and inventories alone; one that
    was made of others is not believed, so that `replace` is safe.
    """

    site: Site
    declarations: Declarations
    inventory: Inventory
    upgrade: Inventory | None = None
    wire: Wire | None = None
    generated_at: str = ""
    inputs_digest: str = ""
    image_bytes_by_host: Mapping[str, int] = field(default_factory=dict)
    mapping: Naming = "host"
    unpacked: Mapping[Digest, UnpackedSize] = field(default_factory=dict)
    disks: Mapping[str, HostDisk] = field(default_factory=dict)
    needs: Mapping[str, HostNeeds] = field(default_factory=dict)
    prepared: Prepared = field(default=_NOTHING, repr=False, compare=False)
    older: tuple[Inventory, ...] = ()

    def __post_init__(self) -> None:
        """Prepare what was not handed in, or was of other images."""
        known = self.prepared
        told = (self.declarations, self.inventory, self.upgrade, self.unpacked, self.older)
        if any(mine is not its for mine, its in zip(told, _told(known), strict=True)):
            object.__setattr__(self, "prepared", Prepared(*told))


def _told(prepared: Prepared) -> tuple[object, ...]:
    return prepared.declarations, prepared.inventory, prepared.upgrade, prepared.unpacked, prepared.older


def claimed_bytes(facts: PlanFacts) -> int | None:
    """Tell what the registry's PVC offers: what the site file says, else what the profiles' values say, else None."""
    if facts.site.registry is None:
        return None
    stated = facts.site.registry.storage_bytes
    return stated if stated is not None else facts.declarations.settings.storage_bytes


def sync_enabled(facts: PlanFacts) -> bool:
    """Tell whether missing content is fetched from elsewhere: the site, else the profiles, else the default, true."""
    stated = facts.site.registry.sync if facts.site.registry is not None else None
    if stated is None:
        stated = facts.declarations.settings.sync
    return stated is not False


def registry_kind(facts: PlanFacts) -> str:
    """Tell the registry's kind, "" without a registry; a kind that the site left to its default yields to the profiles'."""
    registry, profiled = facts.site.registry, facts.declarations.settings.kind
    if registry is None:
        return ""
    return profiled if profiled is not None and "registry.kind" in facts.site.defaulted else registry.kind


def on_demand(facts: PlanFacts) -> bool:
    """Tell whether the registry fetches what is asked for: the site, else what the profiles' values say of its kind."""
    registry = facts.site.registry
    if registry is None or registry.on_demand or "registry.on_demand" not in facts.site.defaulted:
        return registry is not None and registry.on_demand
    kind = registry_kind(facts)
    return any(each.on_demand for each in facts.declarations.settings.wiring.registries if each.kind == kind)


def palette_bytes(facts: PlanFacts) -> int | None:
    """Tell what the site file declares for Palette's own images; None where it declares none, or a bundle lists them."""
    site = facts.site
    is_brought = site.palette_images != "none" or site.compliance_images
    return site.palette_images_bytes if is_brought and not facts.declarations.bundles else None


def wanted_platforms(facts: PlanFacts) -> tuple[Platform, ...]:
    """List the platforms of the site's hosts; where it names no hosts, those that the images were resolved for."""
    hosts = dict.fromkeys(Platform.of("linux", host.arch) for host in facts.site.hosts)
    return tuple(hosts) or facts.inventory.platforms


def inventory_references(inventory: Inventory) -> tuple[Reference, ...]:
    """List the references that somebody answered for: a source, or the site file with a declared size."""
    resolved = [entry.reference for entry in inventory.entries]
    return (*resolved, *(image.reference for image in inventory.declared))


def missing_references(facts: PlanFacts) -> tuple[str, ...]:
    """List what is used and no list has, so that nothing brings it into the registry, in order of mention.

    What must be switched on first, and what nobody can tell, is not among them; what is missing and has no tag that is
    known is among the unresolved ones.
    """
    return facts.prepared.once(in_no_list, UseStatus.MISSING)


def unsure_references(facts: PlanFacts) -> tuple[str, ...]:
    """List what counts although nobody can tell whether anything runs it, and no list has, in order of mention."""
    missing = frozenset(missing_references(facts))
    return tuple(each for each in facts.prepared.once(in_no_list, UseStatus.UNKNOWN) if each not in missing)


def in_no_list(prepared: Prepared, status: UseStatus) -> tuple[str, ...]:
    """List the references of a status that count and that no list has, in order of mention."""
    uses = [use for use in prepared.declarations.uses if use.reference is not None and use.is_counted]
    listed = {use.reference for use in uses if use.status in _IN_A_LIST}
    found = (use.reference for use in uses if use.status is status and use.reference not in listed)
    return tuple(dict.fromkeys(map(str, found)))


def unresolved_references(facts: PlanFacts) -> tuple[Unresolved, ...]:
    """List what nobody could answer for: references without an image, and texts that are no reference."""
    return facts.prepared.once(unresolved_in)


def unresolved_in(prepared: Prepared) -> tuple[Unresolved, ...]:
    """List the same of a set of profiles with its images."""
    declarations, inventory = prepared.declarations, prepared.inventory
    found = {each.reference: each for each in inventory.unresolved}
    answered = set(map(str, inventory_references(inventory)))
    for reference, mentions in declarations.references().items():
        if str(reference) not in answered:
            found.setdefault(str(reference), Unresolved(str(reference), "it was not looked for", mentions))
    for use in declarations.uses:
        if use.reference is None and use.is_counted:
            text = use.text.strip() or "(nothing)"
            known = found.get(text)
            where = (*(known.provenance if known else ()), str(use.provenance))
            reason = known.reason if known else use.problem or "it is not an image reference"
            found[text] = Unresolved(text, reason, tuple(dict.fromkeys(where)))
    return tuple(found.values())


def named_references(facts: PlanFacts) -> tuple[str, ...]:
    """List every distinct normalised reference, resolved or not, in order of mention."""
    return facts.prepared.once(_named)


def _named(prepared: Prepared) -> tuple[str, ...]:
    inventory = prepared.inventory
    named = map(str, prepared.declarations.references())
    known = map(str, inventory_references(inventory))
    return tuple(dict.fromkeys((*named, *known, *(each.reference for each in inventory.unresolved))))


def needed_references(facts: PlanFacts) -> tuple[str, ...]:
    """List everything that the site needs: every distinct reference, and every text that should have been one."""
    return facts.prepared.once(needed_in)


def needed_in(prepared: Prepared) -> tuple[str, ...]:
    """List the same of a set of profiles with its images."""
    unresolved = prepared.once(unresolved_in)
    return tuple(dict.fromkeys((*prepared.once(_named), *(each.reference for each in unresolved))))
