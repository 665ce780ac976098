"""A tree of layouts, served read-only under its folders' names and under the names that its images had elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.oci.reference import Reference
from regplan.plan.serving import served_names
from regplan.store.tree import source_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.shelf import OpenBlob
    from regplan.model.source import Content
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.store.shelf import TreeShelf

__all__ = ["AliasedTree"]

_FRESH_S: Final = 2.0


class AliasedTree:
    """`tree` without its writing half: `spectro-images/docker.io/library/nginx` is also what it is without the project.

    What another process writes into the tree is seen.
    """

    def __init__(self, tree: TreeShelf) -> None:
        """Look at nothing yet."""
        self._tree = tree
        self.name = tree.name
        self._known: tuple[tuple[str, ...], Mapping[str, str]] = ((), {})

    def repositories(self) -> Sequence[str]:
        """List the folders and the other names that they go by."""
        return sorted(self._places(self._tree.names()))

    def tags(self, repository: str) -> Sequence[str]:
        """List the tags of a repository."""
        return self._tree.tags(self._folder(repository))

    def manifest(self, repository: str, target: str) -> Content:
        """Read a manifest."""
        return self._tree.manifest(self._folder(repository), target)

    def open_blob(self, repository: str, digest: Digest) -> OpenBlob:
        """Open a blob."""
        return self._tree.open_blob(self._folder(repository), digest)

    def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List what refers to `digest`."""
        return self._tree.referrers(self._folder(repository), digest)

    def _folder(self, repository: str) -> str:
        folders = self._tree.names(_FRESH_S)
        return repository if repository in folders else self._places(folders).get(repository, repository)

    def _places(self, folders: tuple[str, ...]) -> Mapping[str, str]:
        if folders != self._known[0]:
            named = [(folder, Reference(*source_of(folder))) for folder in folders]
            self._known = (folders, {**served_names(named), **{folder: folder for folder in folders}})
        return self._known[1]
