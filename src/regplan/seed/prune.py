"""What nobody needs, deleted one manifest after another, each looked at once more just before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.errors import ContentError, InvalidManifest, RegistryError, Unauthorized, Unreachable, Unsupported
from regplan.model.progress import Progress
from regplan.model.pruning import Held, PruneResult
from regplan.oci.manifest import Index, parse_manifest
from regplan.plan.pruning import freed_bytes
from regplan.seed.tasks import each

if TYPE_CHECKING:
    from regplan.model.progress import Report
    from regplan.model.pruning import Census, PruneItem, PrunePlan
    from regplan.oci.digest import Digest
    from regplan.seed.census import Shelf

__all__ = ["apply_prune"]

_AT_ONCE: Final = 16
# Zot's word for a manifest that an index there holds; distribution's, where it deletes nothing at all, is UNSUPPORTED.
_REFERENCED: Final = "DENIED"
_NO_DELETION: Final = (
    "{host} deletes nothing: on distribution set `storage: {{delete: {{enabled: true}}}}` "
    "(REGISTRY_STORAGE_DELETE_ENABLED=true), on Zot give this user the action `delete` in `accessControl`, on Harbor a "
    "role that may delete artifacts; then prune again"
)


async def apply_prune(plan: PrunePlan, census: Census, shelf: Shelf, report: Report | None = None) -> PruneResult:
    """Delete what `plan` names; what somebody has begun to need since the `census` stays.

    Raises the registry's `RegistryError` where it refuses the first deletion for a reason that holds for all of them;
    what fails later stands in the result.
    """
    return await _Run(plan, census, shelf, report).run()


class _Run:
    def __init__(self, plan: PrunePlan, census: Census, shelf: Shelf, report: Report | None) -> None:
        self._plan, self._census, self._shelf, self._report = plan, census, shelf, report
        self._known: dict[str, dict[str, Digest]] = {}
        for holding in census.holdings:
            for tag in holding.tags:
                self._known.setdefault(holding.repository, {})[tag] = holding.digest
        self.deleted: list[PruneItem] = []
        self.gone: list[PruneItem] = []
        self.skipped: list[Held] = []
        self.failed: list[Held] = []

    async def run(self) -> PruneResult:
        for place, item in enumerate(self._plan.items, 1):
            if not await self._prune(item):
                self.failed += [Held(each_.repository, each_.digest, "not tried") for each_ in self._plan.items[place:]]
                break
            if self._report is not None:
                self._report(Progress(place, len(self._plan.items), "manifests", item.repository))
        return PruneResult(
            self._plan,
            tuple(self.deleted),
            tuple(self.gone),
            tuple(self.skipped),
            tuple(self.failed),
            freed_bytes(self._census, [*self.deleted, *self.gone]),
        )

    async def _prune(self, item: PruneItem) -> bool:
        """Delete one manifest unless somebody needs it by now; False where nothing more is worth trying."""
        try:
            if why := await self._needed_since(item):
                self.skipped.append(Held(item.repository, item.digest, why))
            elif await self._shelf.delete_manifest(item.repository, item.digest):
                self.deleted.append(item)
            else:
                self.gone.append(item)
        except RegistryError as error:
            return self._refused(item, error)
        return True

    def _refused(self, item: PruneItem, error: RegistryError) -> bool:
        """Take note of a refusal; raises it where it is about all and nothing was deleted yet."""
        codes = {info.code for info in error.errors}
        is_disabled = isinstance(error, Unsupported) and error.status == 405 and _REFERENCED not in codes
        ends_all = is_disabled or isinstance(error, (Unreachable, Unauthorized))
        if is_disabled:
            said = _NO_DELETION.format(host=self._shelf.name)
            error = Unsupported(said, status=error.status, errors=error.errors, request=error.request)
        if ends_all and not self.deleted:
            raise error
        self.failed.append(Held(item.repository, item.digest, str(error)))
        return not ends_all

    async def _needed_since(self, item: PruneItem) -> str:
        """Ask every tag of the repository what it names now, and what new ones hold."""
        before = self._known.get(item.repository, {})
        now: dict[str, Digest] = {}

        async def look(tag: str) -> None:
            digest = await self._shelf.look(item.repository, tag)
            if digest is not None:
                now[tag] = digest

        await each(look, await self._shelf.tags(item.repository), _AT_ONCE)
        for tag, digest in sorted(now.items()):
            if digest == item.digest and tag not in item.tags:
                return f"the tag {tag} names it since a moment ago"
            if before.get(tag) != digest and await self._holds(item, digest):
                return f"the index behind the tag {tag} holds it since a moment ago"
        return ""

    async def _holds(self, item: PruneItem, digest: Digest) -> bool:
        try:
            content = await self._shelf.fetch_manifest(item.repository, str(digest))
            document = None if content is None else parse_manifest(content.data, content.media_type)
        except (ContentError, InvalidManifest):
            return True
        return isinstance(document, Index) and any(child.digest == item.digest for child in document.manifests)
