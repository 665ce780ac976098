"""Plans as artefacts: pushed beside the images that they are about, and shown elsewhere as if they had been made there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.oci.artefact import PLAN, PLAN_DOCUMENT, artefact_type, described
from regplan.oci.manifest import Manifest
from regplan.oci.reference import Reference, refuse_password
from regplan.report.document import json_text, plan_document
from regplan.report.portable import handed_over
from regplan.report.words import tidy
from regplan.values import dataclass
from regplan.verbs.arguments import names_artefact
from regplan.verbs.options import Options
from regplan.verbs.portal import run_blocking
from regplan.verbs.sources import registry_client

if TYPE_CHECKING:
    from typing import Any

    from regplan.model.plan import Study
    from regplan.oci.digest import Digest
    from regplan.registry.oras import Artifact
    from regplan.report.received import ReceivedPlan

__all__ = ["PulledPlan", "artefact_reference", "pull_plan", "push_plan"]

_TRANSPORT: Final = "docker://"
_TITLE: Final = "plan.json"
_ANNOTATION: Final = "org.opencontainers.image"


@dataclass(frozen=True, slots=True)
class PulledPlan:
    """A plan from a registry: the `study` that it tells of, and its document as it was pushed.

    `reference` is held to the digest that was pulled. The study's declarations and images are those that a plan
    document names, without layers and mentions.
    """

    reference: Reference
    received: ReceivedPlan

    @property
    def study(self) -> Study:
        """The plan as every face shows one."""
        return self.received.study

    @property
    def document(self) -> dict[str, Any]:
        """The plan document."""
        return self.received.document

    @property
    def text(self) -> str:
        """The plan document as it was pushed, byte for byte but for characters that a terminal would act on."""
        return self.received.text

    @property
    def made_by(self) -> str:
        """What made the plan, and when."""
        return f"{self.received.tool}, {self.study.plan.generated_at}"

    def __repr__(self) -> str:
        """Tell where the plan is from and what it says."""
        return f"<PulledPlan {self.reference}: {self.study.plan!r}>"


def artefact_reference(text: str) -> Reference:
    """Read `docker://HOST[:PORT]/REPO[:TAG|@DIGEST]`; raises `InputError`.

    >>> str(artefact_reference("docker://10.0.0.5:30003/plans/store-0421"))
    '10.0.0.5:30003/plans/store-0421:latest'
    """
    refuse_password(text)
    if not names_artefact(text):
        raise InputError(f"{text}: an artefact is named docker://HOST[:PORT]/REPO[:TAG]")
    return Reference.parse(text.removeprefix(_TRANSPORT))


def push_plan(study: Study | PulledPlan, reference: str, options: Options | None = None) -> Reference:
    """Push a study's plan document to `docker://HOST/REPO:TAG`, blocking; returns the reference held to its digest.

    A plan that was pulled is pushed on as it came. Raises `InputError` for a reference that is none, or where the
    options say read-only, and `RegistryError` where the registry does not take it.
    """
    told = options or Options()
    target = artefact_reference(reference)
    if told.read_only:
        raise InputError("read-only: pushing a plan writes to a registry")

    async def push() -> Digest:
        from regplan.registry.oras import push_artifact

        async with registry_client(told) as client:
            return await push_artifact(client, target, _artifact(study))

    return target.pinned(run_blocking(push))


def pull_plan(reference: str, options: Options | None = None) -> PulledPlan:
    """Pull a plan from `docker://HOST/REPO:TAG`, blocking: its digests, size, kind and schema are checked.

    Raises `InputError` for what is no plan, `RegistryError` and `ContentError` where it cannot be had as it was pushed.
    """
    told = options or Options()
    source = artefact_reference(reference)
    return run_blocking(lambda: _pull(source, told))


async def _pull(source: Reference, options: Options) -> PulledPlan:
    from anyio import to_thread

    from regplan.registry.oras import fetch_document, fetch_manifest
    from regplan.report.received import read_plan

    async with registry_client(options) as client:
        manifest = await fetch_manifest(client, source)
        shown = f"{_TRANSPORT}{source}"
        if not isinstance(manifest, Manifest) or artefact_type(manifest) != PLAN:
            raise InputError(f"{shown} {described(manifest)}, and no plan that `regplan report --push` pushed")
        layers = [layer for layer in manifest.layers if layer.media_type == PLAN_DOCUMENT]
        if len(layers) != 1:
            raise InputError(f"{shown} is a plan artefact with {len(layers)} plan documents, where one is expected")
        raw = await fetch_document(client, source, layers[0])
    received = await to_thread.run_sync(read_plan, raw, shown)
    return PulledPlan(source if source.digest is not None else source.pinned(manifest.digest), received)


def _public(study: Study) -> Study:
    """Leave out by which address or account registries know whoever planned."""
    limits = tuple(replace(each, source="") for each in study.inventory.rate_limits)
    return replace(study, inventory=replace(study.inventory, rate_limits=limits))


def _artifact(study: Study | PulledPlan) -> Artifact:
    from regplan.registry.oras import Artifact

    if isinstance(study, PulledPlan):
        plan, text = study.study.plan, study.text
    else:
        plan, text = study.plan, json_text(plan_document(handed_over(_public(study))))
    bound = f", bound by {plan.binding_constraint}" if plan.binding_constraint else ""
    annotations = {
        f"{_ANNOTATION}.title": f"Primary registry plan: {tidy(plan.site.name)}",
        f"{_ANNOTATION}.description": f"{plan.verdict}{bound}",
        f"{_ANNOTATION}.created": plan.generated_at,
    }
    return Artifact(PLAN, PLAN_DOCUMENT, _TITLE, text.encode(), annotations)
