"""A registry looked at before anything is written into it, with as few requests as can be.

What is known of it already costs nothing: that it answers, its certificate, that it is Harbor. A Harbor is asked for the
project, its immutable tags and its volumes; what is to take Docker's media types, and is a Zot or may be one, for whether it
does. Only where it is to be looked at thoroughly is it asked what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from regplan.errors import Denied, RegistryError, RegplanError, Unauthorized
from regplan.model.preflight import Rights, TargetFound
from regplan.oci.digest import Digest
from regplan.oci.mediatype import DOCKER_MANIFEST
from regplan.registry.ask import Ask
from regplan.registry.auth import granted_actions, repository_scope
from regplan.registry.fingerprints import PING, UNKNOWN_REGISTRY
from regplan.registry.harbor import HarborProjects, creation_call
from regplan.registry.probe import find_kind
from regplan.registry.wire import manifest_path
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.registry.session import Session
    from regplan.registry.wire import Answer

__all__ = ["Inspection", "inspect_registry", "says_harbor"]

_ANY: Final = frozenset(range(200, 600)) - {401}
_SCOPES_AT_ONCE: Final = 20  # in one token, which goes with each request as a header
_HARBOR_REALM: Final = "/service/token"
# No JSON, and its digest is another's, so that no registry stores it; one that refuses the type refuses it before that.
_NO_MANIFEST: Final = b"regplan asks whether this type is taken"
_NO_DIGEST: Final = Digest("sha256", "0" * 64)
# Zot makes a repository for a manifest before it reads it; a tag that is none is refused before that.
_NO_TAG: Final = "?tag=."


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is to be found out of a target.

    `kind` is what the site file calls it (zot, harbor, other or ""), `docker_repository` one that is to get manifests of
    Docker's media types, "" where none is. `is_thorough` spends requests on what is only good to know, such as whether the
    login may push to `repositories`. `may_be_zot`: no answer so far tells that it is none. A disk is asked what lies in the
    `folders` of all repositories, and how it shares blobs where some go to several (`shares_blobs`).
    """

    project: str
    kind: str = ""
    docker_repository: str = ""
    is_thorough: bool = False
    may_be_zot: bool = False
    repositories: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    shares_blobs: bool = False


def says_harbor(realm: str) -> bool:
    """Tell whether a registry that sends to this token server is a Harbor.

    >>> says_harbor("https://harbor.corp/service/token"), says_harbor("https://auth.corp/token")
    (True, False)
    """
    return urlsplit(realm).path.rstrip("/") == _HARBOR_REALM


async def inspect_registry(session: Session, wish: Inspection) -> TargetFound:
    """Look at the registry behind a session that has answered before; raises `RegistryError` where it does no more."""
    kind = await _kind(session, wish)
    before = session.counts.requests
    harbor = HarborProjects(session) if kind == "Harbor" else None
    project = None if harbor is None else await harbor.find(wish.project.partition("/")[0])
    certificate = session.certificate
    may_refuse = kind == "Zot" or (wish.may_be_zot and kind in {"", UNKNOWN_REGISTRY})
    takes = await _takes_docker(session, wish.docker_repository) if may_refuse and wish.docker_repository else None
    free_bytes = None if harbor is None else await harbor.free_bytes()
    return TargetFound(
        session.host,
        kind=kind,
        project=project,
        takes_docker_types=takes,
        free_bytes=free_bytes,
        days_left=None if certificate is None else certificate.days_left,
        creation=creation_call(session.endpoint, project.name) if project is not None and not project.exists else "",
        requests=session.counts.requests - before,
        rights=None if project is not None and not project.exists else await _rights(session, wish),
    )


async def _kind(session: Session, wish: Inspection) -> str:
    if says_harbor(session.realm):
        return "Harbor"
    if not wish.is_thorough:
        return {"zot": "Zot", "harbor": "Harbor"}.get(wish.kind, "")

    async def get(path: str) -> Answer | None:
        try:
            return await session.fetch(Ask("GET", path, f"its {path}", good=_ANY))
        except RegplanError:
            return None

    ping = await session.fetch(Ask("GET", PING, "its /v2/"))
    return (await find_kind(session.host, ping, get)).name


async def _rights(session: Session, wish: Inspection) -> Rights | None:
    """Look into the tokens with which the login would push; None where nobody wants to know."""
    names = wish.repositories if wish.is_thorough else ()
    refused = list[str]()
    for start in range(0, len(names), _SCOPES_AT_ONCE):
        some = names[start : start + _SCOPES_AT_ONCE]
        scopes = frozenset(repository_scope(name, "pull", "push") for name in some)
        try:
            header = await session.login_for(Ask("POST", PING, "pushing", some[0], scopes))
        except (Denied, Unauthorized):
            # With the same login it has given those to look at what is there.
            refused += some
            continue
        except RegistryError as error:
            return Rights(len(names), unknown=str(error))
        if header is None or header.reveal().startswith("Basic "):
            asked = "no login was asked for" if header is None else "a password does not tell what it is good for"
            return Rights(len(names), unknown=asked)
        if (told := granted_actions(header, some)) is None:
            return Rights(len(names), unknown="its tokens do not tell")
        refused += [name for name in some if told[name].isdisjoint({"push", "*"})]
    return Rights(len(names), tuple(refused)) if names else None


async def _takes_docker(session: Session, repository: str) -> bool | None:
    """Tell whether manifests of Docker's types are taken: Zot refuses the type (415) before it looks at anything else."""
    ask = Ask(
        "PUT",
        f"{manifest_path(repository, str(_NO_DIGEST))}{_NO_TAG}",
        "whether Docker's media types are taken",
        repository,
        frozenset({repository_scope(repository, "pull", "push")}),
        {"Content-Type": DOCKER_MANIFEST},
        _NO_MANIFEST,
        good=frozenset({400, 415}),
    )
    try:
        return (await session.fetch(ask)).status == 400
    except RegistryError:
        return None
