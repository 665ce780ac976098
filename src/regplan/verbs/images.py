"""`layers` and `diff`: what a set of images takes together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import field
from typing import TYPE_CHECKING

from anyio import to_thread

from regplan.model.profile import Declarations
from regplan.model.sharing import Analysis
from regplan.model.site import Assumptions
from regplan.plan.analysis import analyse
from regplan.plan.choice import describe_choice
from regplan.plan.growth import compare_inventories
from regplan.plan.nodes import with_unpacked
from regplan.plan.sharers import shared_blobs
from regplan.plan.sharing import measure_layers
from regplan.report.portable import declared_files, portable
from regplan.resolve import resolve
from regplan.values import NamedTuple, dataclass
from regplan.verbs.among import declared_among, options_among, read_among
from regplan.verbs.comparing import compare_platforms as compare
from regplan.verbs.declared import read_sizes, with_declared
from regplan.verbs.inputs import with_unreadable
from regplan.verbs.options import Options, heard
from regplan.verbs.placing import repositories_at
from regplan.verbs.portal import run_blocking
from regplan.verbs.sources import check_sources, open_sources
from regplan.verbs.study import choice_of, raise_if_mendable, raise_if_unusable
from regplan.verbs.unpacked import unpacked_sizes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from regplan.model.choice import ChoiceReport, ComparedPlatform
    from regplan.model.image import Inventory
    from regplan.model.layers import LayerReport
    from regplan.model.plan import Growth
    from regplan.model.progress import Report
    from regplan.model.sharing import SharedBlob
    from regplan.oci.compression import UnpackedSize
    from regplan.oci.digest import Digest
    from regplan.resolve import CachedSource
    from regplan.verbs.among import Among
    from regplan.verbs.inputs import Inputs

__all__ = ["Layers", "compare_images", "measure_images", "resolve_among", "resolve_inputs"]


@dataclass(frozen=True, slots=True)
class Layers:
    """An inventory, its deduplicated sizes, what its choice of platforms does, and other choices where they were asked for.

    `analysis` tells where its bytes lie, `declarations` what was read.
    """

    inventory: Inventory
    report: LayerReport
    choice: ChoiceReport
    compared: tuple[ComparedPlatform, ...] = ()
    analysis: Analysis = field(default_factory=Analysis)
    declarations: Declarations = field(default_factory=Declarations)

    @property
    def blobs(self) -> tuple[SharedBlob, ...]:
        """Every distinct digest of the set and who holds it, what saves most first."""
        return shared_blobs(self.inventory)


def measure_images(
    arguments: Sequence[str],
    options: Options | None = None,
    report: Report | None = None,
    *,
    compare_platforms: bool = False,
    at: str = "",
) -> Layers:
    """Resolve profiles, images and sites and add up their layers, each digest once, blocking.

    `compare_platforms` also fetches the manifests of all other platforms, and tells what each choice would take. `at` is
    where the set is to lie, as `--at` takes it: nothing is asked there, but with the options' mapping it decides the
    projects, which else are those of the site or of the profiles. Raises `InputError` for what cannot be read and
    `RegistryError` where a host is unusable and nothing was resolved.
    """
    report = heard(report)
    told = options or Options()

    async def measure() -> _Measured:
        inputs, among = await read_among(arguments, told, report)
        asked = options_among(among, told)
        async with _opened(inputs, asked, report) as sources:
            inventory = await _resolved(inputs, sources, asked, report, declared_among(among))
            # Only who asks for unpacked sizes and for other platforms waits for them.
            sizes = await unpacked_sizes([inventory], sources, asked, report) if told.unpacked else {}
            references, choice = inputs.declarations.references(), choice_of(asked)
            compared = await compare(references, sources, choice, report) if compare_platforms else ()
            return _Measured(inputs, among, inventory, sizes, compared)

    found = run_blocking(measure)
    inventory, declarations = found.inventory, found.inputs.declarations
    layers = measure_layers(inventory, repositories_at(at, inventory, declarations, (found.among, told.mapping)))
    analysis = portable(analyse(inventory, declarations, layers), declared_files(declarations))
    if told.unpacked:
        layers = with_unpacked(layers, inventory, found.sizes, Assumptions().unpacked_ratio)
    choice = describe_choice(inventory, all_platforms=told.all_platforms)
    return Layers(inventory, layers, choice, found.compared, analysis, declarations)


class _Measured(NamedTuple):
    inputs: Inputs
    among: Among
    inventory: Inventory
    sizes: dict[Digest, UnpackedSize]
    compared: tuple[ComparedPlatform, ...]


def compare_images(
    old: str, new: str, options: Options | None = None, report: Report | None = None
) -> tuple[Growth, tuple[Inventory, Inventory]]:
    """Tell what an upgrade from one profile or image to another keeps, adds and drops, in bytes, blocking.

    Raises `InputError` for what cannot be read and `RegistryError` where a host is unusable and nothing was resolved.
    """
    report = heard(report)
    told = options or Options()

    async def both() -> tuple[Inventory, Inventory]:
        return await resolve_among([old], told, report), await resolve_among([new], told, report)

    inventories = run_blocking(both)
    return compare_inventories(*inventories), inventories


async def resolve_among(arguments: Sequence[str], options: Options, report: Report | None = None) -> Inventory:
    """Read and resolve profiles, images and sites."""
    inputs, among = await read_among(arguments, options, report)
    return await resolve_inputs(inputs, options_among(among, options), report)


async def resolve_inputs(inputs: Inputs, options: Options, report: Report | None = None) -> Inventory:
    """Resolve what arguments named; a layout that stands among the arguments is asked first."""
    async with _opened(inputs, options, report) as sources:
        return await _resolved(inputs, sources, options, report)


@asynccontextmanager
async def _opened(inputs: Inputs, options: Options, report: Report | None) -> AsyncIterator[tuple[CachedSource, ...]]:
    check_sources(options.sources)
    async with open_sources(options.sources, options, inputs.sources, report) as sources:
        yield sources


async def _resolved(
    inputs: Inputs,
    sources: Sequence[CachedSource],
    options: Options,
    report: Report | None,
    declared: Sequence[tuple[str, int]] = (),
) -> Inventory:
    found = await resolve(inputs.declarations.references(), sources, choice_of(options), report)
    sizes = await to_thread.run_sync(read_sizes, options.declared_sizes) if options.declared_sizes else ()
    inventory = with_declared(found.inventory, (*declared, *sizes))
    # Declared sizes may stand in for a host that cannot be used, and for nothing else.
    (raise_if_mendable if inventory.declared else raise_if_unusable)(found)
    return with_unreadable(inventory, inputs.declarations)
