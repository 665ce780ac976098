"""Several nodes of one registry as one target: a dead one is passed over, and another takes over from one that dies.

Requests go to one node at a time. What was under way there when it died begins again elsewhere, because an upload is its
node's own. That all are one registry is not believed because somebody wrote it down: what the first write has put into
one node must be there at the others, and so must what was put last at the node that takes over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import anyio

from regplan.errors import InputError, RegistryError, Unreachable
from regplan.model.preflight import Nodes
from regplan.plan.seeding import first_looks, looks
from regplan.seed.tasks import each
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from regplan.model.preflight import NameFound, TargetFound
    from regplan.model.seed import SeedPlan
    from regplan.model.source import Content
    from regplan.model.verifying import BlobLength
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.registry.inspection import Inspection
    from regplan.seed.passing import Passing
    from regplan.seed.targets import Counts, RegistryTarget, SeedTarget

__all__ = ["NodesTarget", "nodes_of", "require_one"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _NodeCounts:
    requests: int = 0
    overhead: int = 0
    throttled: int = 0


class NodesTarget:
    """A registry by its nodes, in order of preference; `tell` hears of nodes that are passed over, one sentence each.

    `differ` is how two of them turned out to be two registries, "" while they did not: then nothing more is sent.
    `questions` counts those that only tell which of them live, and whether they are one registry.
    """

    has_wire = True

    def __init__(self, nodes: Sequence[RegistryTarget], tell: Callable[[str], None] = lambda _: None) -> None:
        """Ask nothing yet."""
        self.differ = ""
        self.questions = 0
        self._nodes, self._tell = tuple(nodes), tell
        self._passed_over: list[str] = []
        self._live = list(self._nodes)
        self._switching = anyio.Lock()
        self._is_proved = len(self._nodes) < 2
        self._witness: Callable[[RegistryTarget], Awaitable[str]] | None = None

    @property
    def name(self) -> str:
        """HOST[:PORT] of the node that is asked now."""
        return self._live[0].name

    @property
    def nodes(self) -> Nodes:
        """The node that is asked now, and those that were passed over."""
        return Nodes(self.name, tuple(self._passed_over))

    @property
    def certificate(self) -> str:
        """The fingerprint of the certificate that it has shown."""
        return self._live[0].certificate

    @property
    def counts(self) -> Counts:
        """What all nodes were asked."""
        counts = [node.counts for node in self._nodes]
        sums = (sum(getattr(told, name) for told in counts) for name in ("requests", "overhead", "throttled"))
        return _NodeCounts(*sums)

    @property
    def takes_single(self) -> bool | None:
        """What the node that is asked now has shown."""
        return self._live[0].takes_single

    @property
    def may_be_zot(self) -> bool:
        """What the node that is asked now has told."""
        return self._live[0].may_be_zot

    async def choose(self) -> None:
        """Pass over the nodes that are dead; where all are, the first is left to say so."""
        dead: dict[RegistryTarget, RegistryError] = {}

        async def ask(node: RegistryTarget) -> None:
            try:
                await node.ping()
            except Unreachable as error:
                dead[node] = error

        await each(ask, self._nodes, len(self._nodes))
        self.questions += len(self._nodes) - len(dead)
        for node in self._nodes:
            if node in dead:
                self._pass_over(f"{node.name} is passed over: {dead[node]}")
        self._live = [node for node in self._nodes if node not in dead] or list(self._nodes)

    async def compare(self, plan: SeedPlan) -> None:
        """See whether the nodes show themselves as one registry, without writing; raises `InputError` where not."""
        first, *others = self._live
        asked = first_looks(looks(plan.manifests)) if others else ()
        self.questions += len(asked) * len(self._live)
        known = {look: await first.look(look.repository, look.reference) for look in asked}
        for node in others:
            if node.certificate != first.certificate:
                shown = (node.certificate or "no certificate", first.certificate or "no certificate")
                self._refuse(first, node, f"the second shows {shown[0]} and the first {shown[1]}")
            for look, digest in known.items():
                found = await node.look(look.repository, look.reference)
                if found != digest:
                    what = f"{look.repository}:{look.reference}"
                    self._refuse(
                        first,
                        node,
                        f"{what} is {found or 'absent'} at the second and {digest or 'absent'} at the first",
                    )

    async def inspect(self, wish: Inspection) -> TargetFound:
        """Ask a registry of its kind what only that kind tells."""
        return await self._ask(lambda node: node.inspect(wish))

    async def create_project(self, name: str) -> None:
        """Make a project at Harbor."""
        await self._ask(lambda node: node.create_project(name))

    async def repositories_of(self, project: str) -> tuple[str, ...]:
        """Ask a Harbor."""
        return await self._ask(lambda node: node.repositories_of(project))

    async def look(self, repository: str, reference: str) -> Digest | None:
        """Ask with a HEAD."""
        return await self._ask(lambda node: node.look(repository, reference))

    async def find_name(self, repository: str, reference: str) -> NameFound:
        """Ask with a GET."""
        return await self._ask(lambda node: node.find_name(repository, reference))

    async def copy_blob(self, repository: str, mount_from: str, passing: Passing) -> bool:
        """Mount a blob or send it; where the node dies under it, the error asks for another attempt."""
        node = self._node()
        try:
            is_sent = await node.copy_blob(repository, mount_from, passing)
        except Unreachable as error:
            if not await self._leave(node, error):
                raise
            raise Unreachable(str(error), request=error.request, retryable=True) from error
        await self._confirm(node, lambda other: _lacks_blob(other, repository, passing.descriptor.digest))
        return is_sent

    async def put_manifest(self, repository: str, reference: str, media_type: str, raw: bytes) -> None:
        """Put a manifest."""
        node = await self._ask(lambda node: _put(node, (repository, reference, media_type, raw)))
        await self._confirm(node, lambda other: _lacks_name(other, repository, reference))

    async def fetch_manifest(self, repository: str, reference: str) -> Content | None:
        """Fetch a manifest."""
        return await self._ask(lambda node: node.fetch_manifest(repository, reference))

    async def blob_size(self, repository: str, digest: Digest) -> int | None:
        """Ask with a HEAD."""
        return await self._ask(lambda node: node.blob_size(repository, digest))

    async def blob_length(self, repository: str, descriptor: Descriptor) -> BlobLength | None:
        """Ask for a blob's last byte."""
        return await self._ask(lambda node: node.blob_length(repository, descriptor))

    def read_blob(self, repository: str, descriptor: Descriptor) -> AsyncIterator[bytes]:
        """Stream a blob back."""
        return self._node().read_blob(repository, descriptor)

    def _node(self) -> RegistryTarget:
        if self.differ:
            raise InputError(self.differ)
        return self._live[0]

    async def _ask(self, call: Callable[[RegistryTarget], Awaitable[T]]) -> T:
        """Ask the node whose turn it is, and the next where it is dead."""
        while True:
            node = self._node()
            try:
                return await call(node)
            except Unreachable as error:
                if not await self._leave(node, error):
                    raise

    async def _leave(self, node: RegistryTarget, error: Unreachable) -> bool:
        """Go on with another node if this one is dead; False where it lives, or no other does."""
        async with self._switching:
            if node is not self._live[0]:
                return True
            if await _lives(node):
                return False
            # Those that were dead before may be back.
            others = [*self._live[1:], *(dead for dead in self._nodes if dead not in self._live)]
            for other in others:
                if await _lives(other):
                    await self._check_witness(node, other)
                    self._pass_over(f"{error}; going on with {other.name}")
                    self._live = [other, *(left for left in self._live if left not in {node, other})]
                    return True
            return False

    def _pass_over(self, sentence: str) -> None:
        self._passed_over.append(sentence)
        self._tell(sentence)

    async def _confirm(self, node: RegistryTarget, lacks: Callable[[RegistryTarget], Awaitable[str]]) -> None:
        """Keep what a node has taken as what the others must have, and see at once whether they do, the first time."""
        self._witness = lacks
        if self._is_proved:
            return
        self._is_proved = True
        for other in [another for another in self._live if another is not node]:
            try:
                lacking = await lacks(other)
            except RegistryError:
                # It shows itself when its turn comes.
                continue
            if lacking:
                self._refuse(node, other, f"{lacking} was put into the first and is not in the second")

    async def _check_witness(self, node: RegistryTarget, other: RegistryTarget) -> None:
        if self._witness is not None and (lacking := await self._witness(other)):
            self._refuse(node, other, f"{lacking} was put into the first and is not in the second")

    def _refuse(self, first: RegistryTarget, second: RegistryTarget, how: str) -> None:
        self.differ = f"{first.name} and {second.name} are not nodes of one registry: {how}; seed each by itself"
        raise InputError(self.differ)


def require_one(target: SeedTarget) -> None:
    """Raise `InputError` where a target's nodes turned out to be of more than one registry."""
    if isinstance(target, NodesTarget) and target.differ:
        raise InputError(target.differ)


def nodes_of(target: SeedTarget) -> Nodes | None:
    """Tell which of its nodes a target asks; None where it has one."""
    return target.nodes if isinstance(target, NodesTarget) else None


async def _lives(node: RegistryTarget) -> bool:
    try:
        await node.ping()
    except RegistryError as error:
        return not isinstance(error, Unreachable)
    return True


async def _put(node: RegistryTarget, put: tuple[str, str, str, bytes]) -> RegistryTarget:
    await node.put_manifest(*put)
    return node


async def _lacks_blob(node: RegistryTarget, repository: str, digest: Digest) -> str:
    return f"{repository}@{digest}" if await node.blob_size(repository, digest) is None else ""


async def _lacks_name(node: RegistryTarget, repository: str, reference: str) -> str:
    mark = "@" if ":" in reference else ":"
    return f"{repository}{mark}{reference}" if await node.look(repository, reference) is None else ""
