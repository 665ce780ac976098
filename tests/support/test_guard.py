"""The guard that holds tests to loopback, seen from inside and in a program that a test starts."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import urllib.request

import pytest

from support.guard import loopback

TEST_NET = "192.0.2.1"  # RFC 5737: for documentation, and nobody's


@pytest.mark.parametrize("host", [TEST_NET, "2001:db8::1"])
def test_a_connection_to_another_host_is_stopped_before_it_is_made(host: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as made, pytest.raises(loopback.OffLoopback):
        made.connect((host, 80))

    (line,) = loopback.told()
    assert line.startswith(f"socket.connect {host} ")


def test_another_name_than_localhost_is_not_looked_up() -> None:
    for look in (socket.getaddrinfo, lambda name, _: socket.gethostbyname(name)):
        with pytest.raises(loopback.OffLoopback):
            look("registry.example", 443)

    assert [line.split()[1] for line in loopback.told()] == ["registry.example"] * 2


def test_a_library_that_hides_the_failure_does_not_hide_that_it_tried() -> None:
    async def reach() -> None:
        await asyncio.open_connection(TEST_NET, 80)

    with pytest.raises(Exception, match=r"not on loopback"):
        asyncio.run(reach())
    with pytest.raises(Exception, match=r"not on loopback"):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open("http://registry.example/v2/")

    assert len(loopback.told()) == 2


def test_loopback_and_an_address_that_is_one_already_are_let_through() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        for host in ("127.0.0.1", "localhost"):
            with socket.create_connection((host, server.getsockname()[1])):
                pass
    assert socket.getaddrinfo(TEST_NET, 80)

    assert loopback.told() == []


@pytest.mark.parametrize("env", [None, {"PYTHONPATH": "/nowhere"}, {}])
def test_a_python_that_a_test_starts_is_held_to_loopback_too(env: dict[str, str] | None) -> None:
    program = f"import socket; socket.socket().connect(('{TEST_NET}', 80))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=env)

    assert done.returncode == 1
    assert "OffLoopback" in done.stderr
    assert len(loopback.told()) == 1
