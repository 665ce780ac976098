"""Who does work that falls into parts: this process, others of this machine, or a Dask cluster; the answers are the same."""

from __future__ import annotations

import importlib
import logging
import pickle
from collections import OrderedDict, deque
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from regplan.errors import InputError, MissingExtra, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = ["Executor", "Part", "Shared", "in_order", "open_executor"]

Task = TypeVar("Task")
Answer = TypeVar("Answer")
# What stands for a value that was shared, in the process that shared it.
Shared = Any
# A task, and the shared values that it is done with.
Part = tuple[Task, "Sequence[Shared]"]
# What each process keeps of the values that were shared with it: a fleet's sets of profiles, each with its answers.
_MOST_KEPT: Final = 64
_CONNECT_S: Final = 5
_kept: OrderedDict[str, Any] = OrderedDict()


class Executor(Protocol):
    """Calls functions somewhere, as `concurrent.futures` does; `width` is how many at once are worth while.

    Functions, tasks, shared values and answers are picklable, and functions pure: where and in which order they run shows
    nowhere. A worker gets each shared value once, and whatever that keeps is kept.
    """

    width: int

    def share(self, value: object) -> Shared:
        """Put a value where all workers can get at it, and tell what stands for it."""

    def submit(self, function: Callable[[Task, Sequence[Any]], Answer], part: Part[Task]) -> Future[Answer]:
        """Call a function some time, with a task and the values that were shared for it."""


def in_order(
    executor: Executor, function: Callable[[Task, Sequence[Any]], Answer], parts: Iterable[Part[Task]]
) -> Iterator[Answer]:
    """Call a function for each part and yield the answers in the parts' order, a few parts ahead of who asks."""
    waiting: deque[Future[Answer]] = deque()
    try:
        for part in parts:
            waiting.append(executor.submit(function, part))
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

    Raises `MissingExtra` where Dask is not installed, `InputError` for both at once and for a scheduler's address that is none,
    and `Unreachable` where nobody answers there.
    """
    if scheduler and workers > 1:
        raise InputError("workers are processes here, and a scheduler is that of a Dask cluster: name one of them")
    if scheduler:
        with _dask(scheduler) as executor:
            yield executor
    elif workers > 1:
        with _processes(workers) as executor:
            yield executor
    else:
        yield _Serial()


class _Serial:
    """Calls at once, here; nothing runs ahead of who asks."""

    width = 0

    def share(self, value: object) -> Shared:
        return value

    def submit(self, function: Callable[[Task, Sequence[Any]], Answer], part: Part[Task]) -> Future[Answer]:
        future: Future[Answer] = Future()
        try:
            future.set_result(function(*part))
        except Exception as error:  # noqa: BLE001  it is raised where the answer is asked for
            future.set_exception(error)
        return future


class _Processes:
    """Other processes of this machine, which find what is shared in files."""

    def __init__(self, pool: Any, folder: Path, workers: int) -> None:  # noqa: ANN401
        self._pool, self._folder, self.width = pool, folder, workers
        self._count = 0

    def share(self, value: object) -> Shared:
        path = self._folder / str(self._count)
        path.write_bytes(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
        self._count += 1
        return path

    def submit(self, function: Callable[[Task, Sequence[Any]], Answer], part: Part[Task]) -> Future[Answer]:
        # It may start a process.
        with _interrupts_held():
            future: Future[Answer] = self._pool.submit(_with_files, function, *part)
        return future


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back until the block ends, for processes that it starts too: one that is left half started dies with a traceback."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: held.append(number))
    # What is blocked here stays so in what is started here.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if hasattr(signal, "pthread_sigmask") else None
    try:
        yield
    finally:
        if blocked is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGINT, before)
    if held:
        signal.raise_signal(signal.SIGINT)


def _with_files(function: Callable[[Task, Sequence[Any]], Answer], task: Task, paths: Sequence[Path]) -> Answer:
    """Call a function in a process that was started for it."""
    return function(task, [_loaded(path) for path in paths])


def _loaded(path: Path) -> Any:  # noqa: ANN401  whatever was shared
    key = str(path)
    if key not in _kept:
        _kept[key] = pickle.loads(path.read_bytes())  # noqa: S301  written by the process that started this one
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    import gc
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from pathlib import Path
    from tempfile import TemporaryDirectory

    # A fork of a process with threads may wait for ever for a lock that one of them held.
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with TemporaryDirectory(prefix="regplan-", ignore_cleanup_errors=True) as folder:
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(gc.get_threshold(),))
        try:
            yield _Processes(pool, Path(folder), workers)
        except BrokenExecutor as error:
            why = "a worker process was ended from outside, perhaps for want of memory; try fewer workers"
            raise Unreachable(why) from error
        except KeyboardInterrupt:
            # What they are at may take minutes, and nobody waits for its answer any more.
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin(threshold: tuple[int, int, int]) -> None:
    """Leave Ctrl-C to the process that waits for this one, and look for garbage as seldom as it does."""
    import gc
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(*threshold)


class _Dask:
    """The workers of a Dask cluster, which get what is shared as the answer of a task: one that dies with it does it again elsewhere."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401
        self._client = client
        self._pool = client.get_executor(pure=False)
        self.width = max(sum(client.nthreads().values()), 1)

    def share(self, value: object) -> Shared:
        return self._client.submit(pickle.loads, pickle.dumps(value, pickle.HIGHEST_PROTOCOL), pure=False)

    def submit(self, function: Callable[[Task, Sequence[Any]], Answer], part: Part[Task]) -> Future[Answer]:
        task, shared = part
        future: Future[Answer] = self._pool.submit(function, task, list(shared))
        return future


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise MissingExtra("a Dask scheduler", "fleet") from None
    _check_address(address)
    try:
        client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise Unreachable(f"no Dask scheduler answers at {address}: {error}") from error
    except (TypeError, ImportError) as error:
        # What Dask says where this machine has no keys for tls://, or lacks what a kind of address needs.
        why = f"scheduler {address}: Dask is not set up for such an address here: {error}"
        raise InputError(why) from error
    with _silent(), client:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_S)
        except TimeoutError as error:
            why = f"the Dask scheduler at {address} has no workers: start some with `dask worker {address}`"
            raise Unreachable(why) from error
        try:
            yield _Dask(client)
        except _lost(distributed) as error:
            why = f"the Dask cluster at {address} was lost while it worked: {type(error).__name__}: {error}"
            raise Unreachable(why) from error


@contextmanager
def _silent() -> Iterator[None]:
    """Leave what is wrong with a cluster to the one error that is raised: Dask writes traces of its own to stderr."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    before = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for each, level in zip(loggers, before, strict=True):
            each.setLevel(level)


def _lost(distributed: Any) -> tuple[type[BaseException], ...]:  # noqa: ANN401
    """Name what Dask raises where workers die of a task over and over, or where the scheduler is gone."""
    from concurrent.futures import CancelledError

    client = distributed.client
    return (
        CancelledError,
        distributed.KilledWorker,
        distributed.comm.CommClosedError,
        client.ClosedClientError,
        client.FutureCancelledError,
    )


def _check_address(address: str) -> None:
    """Refuse what is no address, before a client that failed of it is left, whose end may wait for ever; raises `InputError`."""
    comm: Any = importlib.import_module("distributed.comm")
    try:
        scheme, where = comm.parse_address(address)
        comm.registry.get_backend(scheme)
        comm.parse_host_port(where)
    except ValueError as error:
        raise InputError(
            f"scheduler {address} is no address of a Dask scheduler: write tcp://HOST:PORT ({error})"
        ) from None
