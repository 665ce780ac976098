"""Who does work that falls into parts: this process, others of this machine, or a Dask cluster; the answers are the same."""

from __future__ import annotations

import importlib
import pickle
from collections import OrderedDict, deque
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from regplan.errors import InputError, MissingExtra, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = ["Executor", "Shared", "in_order", "open_executor", "unshared"]

Task = TypeVar("Task")
Answer = TypeVar("Answer")
# What each worker keeps of the values that were shared with it: a fleet's sets of profiles, each with its answers.
_MOST_KEPT: Final = 64
_CONNECT_S: Final = 10
_kept: OrderedDict[str, Any] = OrderedDict()


class Shared(Protocol):
    """A value that every worker can get at, without its being sent with each task; `key` tells it from others."""

    @property
    def key(self) -> str:
        """What the value is kept by."""

    def load(self) -> Any:  # noqa: ANN401  whatever was shared
        """Fetch the value."""


class Executor(Protocol):
    """Calls functions somewhere, as `concurrent.futures` does; `width` is how many at once are worth while.

    Functions, arguments and answers are picklable, and functions pure: where and in which order they run shows nowhere.
    """

    width: int

    def share(self, value: object) -> Shared:
        """Put a value where all workers can get at it; they get it with `unshared`."""

    def submit(self, function: Callable[..., Answer], *given: object) -> Future[Answer]:
        """Call a function some time."""


def unshared(shared: Shared) -> Any:  # noqa: ANN401
    """Tell a shared value; a worker fetches each once, and keeps the last few with whatever they keep themselves."""
    if isinstance(shared, _Here):
        return shared.value
    if shared.key not in _kept:
        _kept[shared.key] = shared.load()
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(shared.key)
    return _kept[shared.key]


def in_order(executor: Executor, function: Callable[[Task], Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
    """Call a function for each task and yield the answers in the tasks' order, a few tasks ahead of who asks."""
    waiting: deque[Future[Answer]] = deque()
    try:
        for task in tasks:
            waiting.append(executor.submit(function, task))
            if len(waiting) > 2 * executor.width:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for each in waiting:
            each.cancel()


@contextmanager
def open_executor(workers: int = 1, scheduler: str = "") -> Iterator[Executor]:
    """Open the executor that was asked for: a Dask cluster at `scheduler`, else `workers` processes, else this one.

    Raises `MissingExtra` where Dask is not installed, `InputError` for both at once, and `Unreachable` where nobody
    answers at the scheduler's address.
    """
    if scheduler and workers > 1:
        raise InputError("--workers is for processes here, and --scheduler for a Dask cluster: name one of them")
    if scheduler:
        with _dask(scheduler) as executor:
            yield executor
    elif workers > 1:
        with _processes(workers) as executor:
            yield executor
    else:
        yield _Serial()


class _Here:
    """A value that is shared with this process alone."""

    def __init__(self, value: object) -> None:
        self.value = value
        self.key = ""

    def load(self) -> Any:  # noqa: ANN401
        return self.value


class _Serial:
    """Calls at once, here; nothing runs ahead of who asks."""

    width = 0

    def share(self, value: object) -> Shared:
        return _Here(value)

    def submit(self, function: Callable[..., Answer], *given: object) -> Future[Answer]:
        future: Future[Answer] = Future()
        try:
            future.set_result(function(*given))
        except Exception as error:  # noqa: BLE001  it is raised where the answer is asked for
            future.set_exception(error)
        return future


class _InFile:
    """A value in a file that all processes of this machine can read."""

    def __init__(self, path: Path, key: str) -> None:
        self.path, self.key = path, key

    def load(self) -> Any:  # noqa: ANN401
        return pickle.loads(self.path.read_bytes())  # noqa: S301  written by the process that started this one


class _Processes:
    """Other processes of this machine."""

    def __init__(self, pool: Any, folder: Path, workers: int) -> None:  # noqa: ANN401
        self._pool, self._folder, self.width = pool, folder, workers
        self._count = 0

    def share(self, value: object) -> Shared:
        path = self._folder / str(self._count)
        path.write_bytes(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
        self._count += 1
        return _InFile(path, str(path))

    def submit(self, function: Callable[..., Answer], *given: object) -> Future[Answer]:
        future: Future[Answer] = self._pool.submit(function, *given)
        return future


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from pathlib import Path
    from tempfile import TemporaryDirectory

    # A fork of a process with threads may wait for ever for a lock that one of them held.
    context = multiprocessing.get_context("spawn")
    with TemporaryDirectory(prefix="regplan-", ignore_cleanup_errors=True) as folder:
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_interrupts)
        try:
            yield _Processes(pool, Path(folder), workers)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts() -> None:
    """Leave Ctrl-C to the process that waits for this one."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Scattered:
    """A value that lies in a Dask cluster; a worker that needs it asks the worker that has it."""

    def __init__(self, future: Any) -> None:  # noqa: ANN401
        self.future, self.key = future, str(future.key)

    def load(self) -> Any:  # noqa: ANN401
        distributed: Any = importlib.import_module("distributed")
        return distributed.get_client().gather(self.future)


class _Dask:
    """The workers of a Dask cluster."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401
        self._client = client
        self._submit = client.get_executor(pure=False).submit
        self.width = max(sum(client.nthreads().values()), 1)

    def share(self, value: object) -> Shared:
        return _Scattered(self._client.scatter(value, hash=False))

    def submit(self, function: Callable[..., Answer], *given: object) -> Future[Answer]:
        future: Future[Answer] = self._submit(function, *given)
        return future


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise MissingExtra("--scheduler", "fleet") from None
    try:
        client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise Unreachable(f"no Dask scheduler answers at {address}: {error}") from error
    with client:
        yield _Dask(client)
