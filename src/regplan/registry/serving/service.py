"""Requests in, answers out: login, route, handler, and errors as the specification writes them; knows no socket."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from regplan.errors import RegplanError
from regplan.model.shelf import Shelf, WritableShelf
from regplan.registry.serving.blobs import delete_blob, get_blob
from regplan.registry.serving.call import Call
from regplan.registry.serving.listings import get_base, list_referrers, list_repositories, list_tags
from regplan.registry.serving.manifests import delete_manifest, get_manifest, put_manifest
from regplan.registry.serving.reply import Refused, Reply, explain, refusal
from regplan.registry.serving.routes import Place, Route, is_repository, route_of
from regplan.registry.serving.uploads import add_chunk, cancel_upload, finish_upload, start_upload, tell_upload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.registry.serving.body import Body
    from regplan.registry.serving.head import Head
    from regplan.registry.serving.login import Accounts

__all__ = ["Service"]

_log = logging.getLogger(__name__)
_READS: Final = frozenset({"GET", "HEAD"})

_HANDLERS: Final[Mapping[Place, Mapping[str, Callable[[Call], Reply]]]] = {
    Place.BASE: {"GET": get_base},
    Place.CATALOG: {"GET": list_repositories},
    Place.MANIFEST: {"GET": get_manifest, "PUT": put_manifest, "DELETE": delete_manifest},
    Place.BLOB: {"GET": get_blob, "DELETE": delete_blob},
    Place.UPLOADS: {"POST": start_upload},
    Place.UPLOAD: {"GET": tell_upload, "PATCH": add_chunk, "PUT": finish_upload, "DELETE": cancel_upload},
    Place.TAGS: {"GET": list_tags},
    Place.REFERRERS: {"GET": list_referrers},
}


class Service:
    """What a registry answers, over `shelf`; `accounts` None lets everybody in.

    `tell` hears, in one sentence each, what fails here and not at the client.
    """

    def __init__(
        self, shelf: Shelf, accounts: Accounts | None = None, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        """Serve read-only what is no `WritableShelf`."""
        self._shelf = shelf
        self._writable = shelf if isinstance(shelf, WritableShelf) else None
        self._accounts = accounts
        self._tell = tell

    def answer(self, head: Head, body: Body) -> Reply:
        """Answer one request; only what breaks the connection is raised."""
        try:
            return self._answer(head, body)
        except Refused as refused:
            return refused.reply
        except RegplanError as error:
            reply = explain(error)
            if reply.status >= 500 or reply.status == 403:
                _log.debug("%s %s: %s", head.method, head.path, error)
                self._tell(str(error))
            return reply
        except OSError as error:
            if isinstance(error, ConnectionError | TimeoutError):
                raise
            self._tell(f"{head.method} {head.path}: {error}")
            return refusal(500, "UNKNOWN", "the registry cannot read or write its files; where it runs, it says why")
        except Exception as error:  # noqa: BLE001  one bad request must not end the others
            _log.debug("%s %s", head.method, head.path, exc_info=error)
            self._tell(f"internal error: {type(error).__name__}: {error} (this is a bug; -v shows where)")
            return refusal(500, "UNKNOWN", "internal error")

    def trouble(self, message: str) -> None:
        """Tell what failed here while an answer was being sent."""
        self._tell(message)

    def _answer(self, head: Head, body: Body) -> Reply:
        if self._accounts is not None and not self._accounts.allow(head.get("authorization")):
            challenge = {"WWW-Authenticate": 'Basic realm="regplan", charset="UTF-8"'}
            return refusal(401, "UNAUTHORIZED", "a user and a password are wanted", challenge)
        route = route_of(head.path)
        if route is None:
            return refusal(404, "NAME_UNKNOWN", "this is no path of a registry")
        if route.repository and not is_repository(route.repository):
            status = 404 if head.method in _READS else 400
            return refusal(status, "NAME_INVALID", f"{route.repository[:255]!r} is not a repository's name")
        return self._handle(head, route, body)

    def _handle(self, head: Head, route: Route, body: Body) -> Reply:
        handlers = _HANDLERS[route.place]
        handler = handlers.get("GET" if head.method == "HEAD" else head.method)
        writes = head.method not in _READS or route.place is Place.UPLOAD
        if handler is None or (writes and self._writable is None):
            allowed = [method for method in handlers if self._writable is not None or method == "GET"]
            why = "this registry is read-only" if handler is not None else f"{head.method} is not done here"
            return refusal(405, "UNSUPPORTED", why, {"Allow": ", ".join(sorted({*allowed, "HEAD"} if "GET" in allowed else allowed))})  # fmt: skip
        if writes and head.get("origin"):
            # No registry client sends it, and a page in a browser cannot help it.
            return refusal(403, "DENIED", "a web page may not write to this registry")
        # A shelf that cannot be written is never asked to, as seen above.
        return handler(Call(head, route, body, self._shelf, self._writable))  # type: ignore[arg-type]
