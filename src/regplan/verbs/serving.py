"""`serve`: a source of the port, or a tree of layouts that takes pushes, as an OCI registry."""

from __future__ import annotations

import re
import signal
import threading
import time
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.oci.reference import refuse_password
from regplan.registry.options import is_loopback
from regplan.store.aliased import AliasedTree
from regplan.store.files import read_text, user_path
from regplan.store.lines import LineFile
from regplan.store.shelf import TreeShelf
from regplan.store.tree import layouts
from regplan.store.uploads import UPLOADS
from regplan.values import dataclass
from regplan.verbs.arguments import split_layout
from regplan.verbs.options import Options
from regplan.verbs.sources import open_source

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from regplan.model.shelf import Shelf
    from regplan.registry.options import Secret
    from regplan.registry.serving.connection import Access
    from regplan.registry.serving.login import Accounts
    from regplan.registry.serving.server import RegistryServer

__all__ = ["DEFAULT_LISTEN", "ServeJob", "Serving", "Watcher", "serve", "served_shelf", "serving"]

DEFAULT_LISTEN: Final = "127.0.0.1:5000"
_TRANSPORT = re.compile(r"[a-z][a-z0-9-]+:(?![\\])")
_SWEEP_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class ServeJob:
    """What to serve and how: `source` as `--from` takes it or a folder; other fields as the options of their names.

    `grace_s` is how long answers may take to finish at the end.
    """

    source: str
    writable: bool = False
    listen: str = DEFAULT_LISTEN
    tls_cert: str | None = None
    tls_key: str | None = None
    auth_user: str | None = None
    auth_password: Secret | None = field(default=None, repr=False)
    htpasswd: str | None = None
    access_log: str | None = None
    grace_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Serving:
    """What listens, when it does: `warnings` are sentences that a user should read."""

    url: str
    address: str
    source: str
    writable: bool
    has_tls: bool
    has_login: bool
    repositories: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who hears of what: `started` once, `trouble` of what fails here. `stop` ends serving, as a signal does."""

    started: Callable[[Serving], None] = lambda _: None
    trouble: Callable[[str], None] = lambda _: None
    stop: threading.Event = field(default_factory=threading.Event)


def serve(job: ServeJob, watcher: Watcher, options: Options | None = None) -> bool:
    """Serve until a signal comes or `watcher.stop` is set; tell whether every answer could be finished.

    Raises `InputError` for what cannot be served and for an address that cannot be had.
    """
    with ExitStack() as stack:

        def started(told: Serving) -> None:
            # Until something is served there is nothing to finish: an interrupt then ends the reading of an archive at once.
            stack.enter_context(_signals(watcher.stop))
            watcher.started(told)

        server, shelf = stack.enter_context(serving(job, replace(watcher, started=started), options))
        _wait(watcher.stop, shelf)
        return server.stop(job.grace_s)


@contextmanager
def serving(
    job: ServeJob, watcher: Watcher | None = None, options: Options | None = None
) -> Iterator[tuple[RegistryServer, Shelf]]:
    """Serve while the block runs, in threads: for a registry that only this process needs; its server counts what it does.

    Raises `InputError` as `serve` does.
    """
    from regplan.registry.serving.server import Listening, RegistryServer, parse_listen
    from regplan.registry.serving.service import Service

    heard = watcher or Watcher()
    host, port = parse_listen(job.listen)
    accounts, tls = _accounts(job), _tls(job)
    with served_shelf(job, options or Options()) as shelf, _log_of(job) as log:
        service = Service(shelf, accounts, heard.trouble)
        with RegistryServer(service, Listening(host, port, tls, record=_recording(log))) as server:
            heard.started(_started(job, server, shelf, has_login=accounts is not None))
            yield server, shelf


@contextmanager
def served_shelf(job: ServeJob, options: Options) -> Iterator[Shelf]:
    """Open what a job serves; raises `InputError` for what cannot be served."""
    refuse_password(job.source)
    text = job.source if _TRANSPORT.match(job.source) else _bare(job.source, writable=job.writable)
    if job.writable:
        yield _writable(text, options)
        return
    if text in {"origin", "mirrors"} or text.startswith(("docker://", "container://")):
        raise InputError(f"{text} is a registry already; seed it into oci:DIR, and serve that")
    path = user_path(split_layout(text.removeprefix("oci:"))[0]) if text.startswith("oci:") else None
    if path is not None and path.is_dir() and not (path / "oci-layout").is_file():
        if next(layouts(path), None) is None:
            raise InputError(f"{text}: no image layout is in this folder or below it")
        yield AliasedTree(TreeShelf(path))
        return
    from anyio.from_thread import start_blocking_portal

    from regplan.verbs.source_shelf import SourceShelf

    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(open_source(text, options)) as source,
    ):
        yield SourceShelf(source, portal)


def _bare(text: str, *, writable: bool) -> str:
    """Tell the transport that a path stands for."""
    path = user_path(text)
    if path.is_file():
        raise InputError(f"{text}: say what it is: oci-archive:FILE, docker-archive:FILE or bundle:FILE")
    if path.is_dir() and not writable and (path / "facts.jsonl").is_file():
        return f"recording:{text}"
    if not path.is_dir() and not writable:
        raise InputError(f"{text}: no such folder; write oci:DIR, recording:DIR or an archive with its transport")
    return f"oci:{text}"


def _writable(text: str, options: Options) -> TreeShelf:
    if options.read_only:
        raise InputError("read-only: --writable lets clients write")
    if not text.startswith("oci:"):
        raise InputError(f"{text} cannot be written to; --writable takes oci:DIR, a tree of layouts or a new folder")
    folder, name = split_layout(text.removeprefix("oci:"))
    if name:
        raise InputError(f"{text}: --writable takes a whole folder, without {name!r}")
    path = user_path(folder)
    _check_tree(path, text)
    shelf = TreeShelf(path)
    shelf.sweep()
    return shelf


def _check_tree(path: Path, text: str) -> None:
    """Refuse a folder of something else: a mistyped path should not fill up with layouts."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        is_ours = not any(path.iterdir()) or (path / UPLOADS).is_dir()
    except OSError as error:
        raise InputError(f"{text}: cannot be used ({error.strerror})") from error
    if not is_ours and not (path / "oci-layout").is_file() and next(layouts(path), None) is None:
        raise InputError(f"{text}: holds other things than image layouts; name a tree of layouts or a new folder")


def _accounts(job: ServeJob) -> Accounts | None:
    from regplan.registry.serving.login import parse_htpasswd, single_account

    if (job.auth_user is None) != (job.auth_password is None):
        raise InputError("--auth-user and --auth-password-stdin go together; a password is never an argument")
    if job.htpasswd is not None:
        if job.auth_user is not None:
            raise InputError("--auth-user and --htpasswd both say who may log in: give one of them")
        return parse_htpasswd(read_text(user_path(job.htpasswd)), job.htpasswd)
    if job.auth_user is None or job.auth_password is None:
        return None
    return single_account(job.auth_user, job.auth_password)


def _tls(job: ServeJob) -> ssl.SSLContext | None:
    if (job.tls_cert is None) != (job.tls_key is None):
        raise InputError("--tls-cert and --tls-key go together")
    if job.tls_cert is None or job.tls_key is None:
        return None
    from regplan.registry.serving.tls import server_context

    return server_context(user_path(job.tls_cert), user_path(job.tls_key))


def _log_of(job: ServeJob) -> AbstractContextManager[LineFile | None]:
    return nullcontext() if job.access_log is None else LineFile(user_path(job.access_log))


def _recording(log: LineFile | None) -> Callable[[Access], None]:
    from regplan.registry.serving.access import combined_line

    if log is None:
        return lambda _: None
    return lambda access: log.add(combined_line(access, datetime.now().astimezone()))


def _started(job: ServeJob, server: RegistryServer, shelf: Shelf, *, has_login: bool) -> Serving:
    has_tls = job.tls_cert is not None
    names = len(shelf.repositories())
    warnings = _warnings(job, server.host, has_tls=has_tls, has_login=has_login)
    return Serving(server.url, server.address, shelf.name, job.writable, has_tls, has_login, names, warnings)


def _warnings(job: ServeJob, host: str, *, has_tls: bool, has_login: bool) -> tuple[str, ...]:
    if is_loopback(f"[{host}]" if ":" in host else host):
        return ()
    if not has_login:
        may = "read, write and delete" if job.writable else "read"
        return (
            f"{host} is open to the network: everybody there can {may}; ask for a login with --auth-user or --htpasswd",
        )
    if not has_tls:
        return (f"passwords come to {host} in the clear: give --tls-cert and --tls-key",)
    return ()


def _wait(stop: threading.Event, shelf: Shelf) -> None:
    """Wait for the end, removing now and then what nobody has finished."""
    swept_s = time.monotonic()
    # In pieces, since some systems let no signal through to a thread that waits for ever.
    while not stop.wait(0.5):
        if isinstance(shelf, TreeShelf) and time.monotonic() - swept_s > _SWEEP_S:
            shelf.sweep()
            swept_s = time.monotonic()


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Have SIGINT and SIGTERM set `stop`, where this is the thread that gets them; a second one interrupts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, signal.default_int_handler)

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
