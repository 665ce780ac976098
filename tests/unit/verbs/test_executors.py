from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError, Unreachable
from regplan.verbs.executors import in_order, open_executor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.verbs.executors import Executor

LOADS: list[int] = []


class Loud:
    """A value that tells when it arrives somewhere."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __setstate__(self, state: dict[str, int]) -> None:
        LOADS.append(state["number"])
        self.__dict__.update(state)


def scaled(number: int, shared: Sequence[Loud]) -> tuple[int, int, int]:
    return shared[0].number * number, len(LOADS), os.getpid()


def divided(number: int, _: Sequence[object]) -> float:
    return 10 / number


def killed(_: int, __: Sequence[object]) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_answers_come_in_the_tasks_order_and_are_the_same_for_any_number_of_workers(workers: int) -> None:
    with open_executor(workers) as executor:
        shared = [executor.share(Loud(number)) for number in (2, 3)]
        tasks = [(number, [shared[number % 2]]) for number in range(40)]
        found = list(in_order(executor, scaled, tasks))

    assert [answer for answer, _, _ in found] == [(2 + number % 2) * number for number in range(40)]
    # What is shared arrives once in each process, and nowhere where there is but one.
    assert max(loads for _, loads, _ in found) == (0 if workers == 1 else 2)
    assert {pid for _, _, pid in found} == {os.getpid()} or workers > 1


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_is_raised_where_its_answer_is_asked_for(workers: int) -> None:
    with open_executor(workers) as executor:
        answers = in_order(executor, divided, [(5, ()), (0, ()), (2, ())])

        assert next(answers) == 2
        with pytest.raises(ZeroDivisionError):
            next(answers)


def test_a_worker_that_is_killed_is_one_clear_error() -> None:
    with (
        pytest.raises(Unreachable, match="perhaps for want of memory; try fewer workers"),
        open_executor(2) as executor,
    ):
        list(in_order(executor, killed, [(1, ())]))


def test_tasks_are_taken_a_few_ahead_and_never_all_at_once() -> None:
    taken: list[int] = []

    def lazily() -> Iterator[tuple[int, tuple[()]]]:
        for number in range(1, 1000):
            taken.append(number)
            yield number, ()

    with open_executor(1) as executor:
        answers = in_order(executor, divided, lazily())
        next(answers)

    assert len(taken) == 1


def test_processes_and_a_cluster_at_once_are_refused() -> None:
    with pytest.raises(InputError, match="name one of them"), open_executor(2, "tcp://127.0.0.1:1"):
        pass


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_one_clear_error() -> None:
    with (
        pytest.raises(Unreachable, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"),
        open_executor(1, "tcp://127.0.0.1:9"),
    ):
        pass


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1", "tcp://127.0.0.1:x", "http://127.0.0.1:9"])
def test_what_is_no_address_of_a_cluster_is_the_users_to_mend(address: str) -> None:
    pytest.importorskip("distributed")
    with (
        pytest.raises(InputError, match=r"is no address of a Dask scheduler: write tcp://HOST:PORT"),
        open_executor(1, address),
    ):
        pass


def test_a_kind_of_address_that_needs_what_is_not_here_is_the_users_to_mend() -> None:
    pytest.importorskip("distributed")
    with (
        pytest.raises(
            InputError, match=r"scheduler tls://127\.0\.0\.1:9: Dask is not set up for such an address here: .*ssl"
        ),
        open_executor(1, "tls://127.0.0.1:9"),
    ):
        pass


@pytest.mark.slow
def test_a_dask_cluster_gives_the_answers_that_this_process_gives() -> None:
    distributed: Any = pytest.importorskip("distributed")
    local = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with distributed.LocalCluster(**local) as cluster, open_executor(1, cluster.scheduler_address) as executor:
        shared = [executor.share(Loud(number)) for number in (2, 3)]
        found = list(in_order(executor, scaled, [(number, [shared[number % 2]]) for number in range(40)]))

    assert [answer for answer, _, _ in found] == [(2 + number % 2) * number for number in range(40)]
    # What is shared arrives in a worker once, and not with each task.
    assert max(loads for _, loads, _ in found) <= 4
    assert os.getpid() not in {pid for _, _, pid in found}


def numbered(number: int, shared: Sequence[str]) -> tuple[int, int, str]:
    time.sleep(0.05)
    return number, os.getpid(), shared[0]


@pytest.mark.slow
def test_a_cluster_whose_worker_is_killed_goes_on_and_has_what_was_shared_with_it() -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        open_executor(scheduler=cluster.scheduler_address) as executor,
    ):
        shared = executor.share("what all have")
        opened: Any = executor
        client = opened._client
        assert shared.result() == "what all have"
        # The only one that has it.
        (holder,) = client.who_has([shared])[shared.key]
        os.kill(client.run(os.getpid)[holder], signal.SIGKILL)
        found = []
        for answer in in_order(executor, numbered, ((number, [shared]) for number in range(60))):
            found.append(answer)
            if len(found) == 10:
                os.kill(answer[1], signal.SIGKILL)

    assert [(number, told) for number, _, told in found] == [(number, "what all have") for number in range(60)]
    assert len({pid for _, pid, _ in found}) >= 2


@pytest.mark.slow
def test_a_scheduler_without_workers_is_told_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("regplan.verbs.executors._CONNECT_S", 0.5)
    with distributed.LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as cluster:
        address = cluster.scheduler_address

        with (
            pytest.raises(Unreachable, match=f"the Dask scheduler at {address} has no workers"),
            open_executor(scheduler=address),
        ):
            pass


def killing(executor: Executor, scheduler: subprocess.Popen[bytes]) -> None:
    for answer in in_order(executor, numbered, ((number, ["what all have"]) for number in range(10_000))):
        if answer[0] == 5:
            scheduler.kill()


def opened(stack: contextlib.ExitStack, address: str) -> Executor:
    """Wait for scheduler and worker, which take their time on a busy machine."""
    for _ in range(10):
        with contextlib.suppress(Unreachable):
            return stack.enter_context(open_executor(scheduler=address))
    raise TimeoutError(address)


@pytest.mark.slow
def test_a_scheduler_that_ends_while_it_works_is_one_clear_error(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed")
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    with contextlib.ExitStack() as stack:

        def start(*arguments: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments, "--host", "127.0.0.1", "--no-dashboard"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        scheduler = start("distributed.cli.dask_scheduler", "--port", str(port))
        start("distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny")
        with (
            pytest.raises(Unreachable, match=f"the Dask cluster at {address} was lost while it worked"),
            contextlib.ExitStack() as opening,
        ):
            killing(opened(opening, address), scheduler)

    assert "Traceback" not in capfd.readouterr().err
