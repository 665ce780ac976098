"""What no sending mends, said so that one can: the file to remove. Pure.

Distribution 2.8 looks whether a blob's file is there when an upload ends, and keeps that file if it is, whatever stands
in it (registry/storage/blobwriter.go, moveBlob; tried on 2.8.2: the upload is answered 201 and the file stays cut). A
file that is not there is written. A manifest is not even written then, until the registry starts anew, since it asks what
it remembers (registry/storage/blobstore.go, Put). So does Harbor, whose registry this is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from regplan.oci.digest import Digest

__all__ = ["blob_file", "kept_sentence", "kept_sentences"]


def blob_file(digest: Digest) -> str:
    """Tell where distribution keeps a blob or manifest, from its root directory on."""
    encoded = digest.encoded
    return f"docker/registry/v2/blobs/{digest.algorithm}/{encoded[:2]}/{encoded}/data"


def kept_sentence(repositories: Sequence[str], digest: Digest, *, is_manifest: bool = False) -> str:
    """Say of one harmed blob or manifest which file to remove; `repositories` are those that have it harmed."""
    restart = "restart the registry, which remembers what it had, and " if is_manifest else ""
    first, *others = repositories
    more = f" (and in {len(others)} more)" if others else ""
    return (
        f"{first}@{digest}{more}: the registry holds harmed bytes of it, and keeps them whatever it is sent: remove the "
        f"file {blob_file(digest)} below its root directory (Zot: REPOSITORY/blobs/{digest.algorithm}/{digest.encoded}), "
        f"then {restart}run the same command again"
    )


def kept_sentences(pairs: Iterable[tuple[str, Digest]], kept: Collection[Digest]) -> Iterator[str]:
    """Say it of each of the `kept` digests; `pairs` tell in which repositories they are harmed."""
    places: dict[Digest, list[str]] = {}
    for repository, digest in sorted(pairs, key=str):
        if digest in kept:
            places.setdefault(digest, []).append(repository)
    for digest, repositories in places.items():
        yield kept_sentence(repositories, digest)
