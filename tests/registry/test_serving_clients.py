"""What clients do to `regplan serve`: log in, speak TLS, drip, break off, lie, come in crowds; and how it ends."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import bcrypt
import pytest

from registry.ours import Served, exchange, serving
from regplan.errors import InputError
from regplan.registry.serving.incoming import Patience
from regplan.registry.serving.server import Listening, RegistryServer, parse_listen
from regplan.registry.serving.service import Service
from regplan.store.shelf import TreeShelf
from regplan.verbs.serving import ServeJob
from support import http, images

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.certificates import Authority

QUICK = Patience(idle_s=0.4, head_s=0.4, stall_s=0.4, body_s=0.4, least_rate=1e9)


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[RegistryServer]:
    """A server that loses patience soon."""
    with RegistryServer(Service(TreeShelf(tmp_path / "tree")), Listening(patience=QUICK)) as server:
        yield server


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def test_a_login_is_asked_for_on_every_path_and_by_its_scheme(tmp_path: Path) -> None:
    with serving(f"oci:{tmp_path}", writable=True, auth_user="ada", auth_password="pass: word") as server:
        for method, path in (("GET", "/v2/"), ("GET", "/v2/_catalog"), ("POST", "/v2/a/blobs/uploads/"), ("GET", "/x")):
            answer = http.request(method, f"{server.url}{path}")
            assert answer.status == 401
            assert answer.headers["www-authenticate"].startswith('Basic realm="regplan"')
            assert json.loads(answer.body)["errors"][0]["code"] == "UNAUTHORIZED"
            wrong = http.request(method, f"{server.url}{path}", headers={"Authorization": _basic("ada", "x")})
            assert wrong.status == 401
        good = http.request("GET", f"{server.url}/v2/", headers={"Authorization": _basic("ada", "pass: word")})
        assert good.status == 200
        assert server.start_line is not None
        assert server.start_line.has_login
        assert "pass: word" not in repr(server.job)


def test_users_of_an_htpasswd_file_and_tls_go_together(tmp_path: Path, authority: Authority) -> None:
    certificate = authority.good()
    users = tmp_path / "users"
    users.write_text(f"ada:{bcrypt.hashpw(b'word', bcrypt.gensalt(rounds=4)).decode()}\n")
    more = {"tls_cert": str(certificate.chain_file), "tls_key": str(certificate.key_file), "htpasswd": str(users)}
    with serving(f"oci:{tmp_path}/tree", writable=True, **more) as server:
        assert server.url.startswith("https://")
        data = images.layer(700_000, 3000).blob
        headers = {"Authorization": _basic("ada", "word")}

        path = f"{server.url}/v2/a/blobs"
        put = http.request("POST", f"{path}/uploads/?digest={data.digest}", body=data.data, headers=headers, ca_file=certificate.ca_file)  # fmt: skip
        got = http.request("GET", f"{path}/{data.digest}", headers=headers, ca_file=certificate.ca_file)
        part = http.request("GET", f"{path}/{data.digest}", headers=headers | {"Range": "bytes=5-600000"}, ca_file=certificate.ca_file)  # fmt: skip

        assert (put.status, got.body, part.body) == (201, data.data, data.data[5:600_001])
        plain = exchange(server.address, b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert plain.startswith(b"HTTP/1.1 400 ")
        assert b"HTTP request to an HTTPS server" in plain


def test_a_client_that_tries_tls_on_plain_http_is_told_at_once(quick: RegistryServer) -> None:
    with socket.create_connection((quick.host, quick.port), timeout=20) as client, pytest.raises(ssl.SSLError):
        ssl.create_default_context().wrap_socket(client, server_hostname="localhost")


def test_a_kept_connection_serves_one_request_after_the_other(quick: RegistryServer) -> None:
    two = (
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n" * 2 + b"\r\nHEAD /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )

    answers = exchange(quick.address, two)

    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert answers.count(b"{}") == 2


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /v2/ HTTP/1.1\r\n\r\n", 400),
        (b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /v2/ HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", 431),
        (b"PUT /v2/a/manifests/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"PUT /v2/a/manifests/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\nabc", 413),
        (b"POST /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n" + b"a" * 1_000_000, 405),
    ],
)  # fmt: skip
def test_what_cannot_be_is_answered_once_and_the_connection_closed(
    quick: RegistryServer, sent: bytes, status: int
) -> None:
    answer = exchange(quick.address, sent)

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close" in answer
    assert answer.count(b"HTTP/1.1 %d " % status) == 1


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /v2/ HT", b"PATCH /v2/a/blobs/uploads/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123"],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_client_that_falls_silent_is_let_go(quick: RegistryServer, sent: bytes) -> None:
    exchange(quick.address, sent, half_close=False)  # ends as the server closes, long before its own patience does


def test_a_head_that_drips_is_let_go(quick: RegistryServer) -> None:
    broken = (BrokenPipeError, ConnectionResetError)
    with socket.create_connection((quick.host, quick.port), timeout=20) as client, pytest.raises(broken):
        drip(client)


def drip(client: socket.socket) -> None:
    for _ in range(1000):
        client.sendall(b"G")
        time.sleep(0.02)


def test_one_silent_client_holds_up_nobody(tmp_path: Path) -> None:
    with serving(f"oci:{tmp_path}", writable=True) as server:
        host, _, port = server.address.rpartition(":")
        with socket.create_connection((host, int(port))), socket.create_connection((host, int(port))) as half:
            half.sendall(b"GET /v2/ HTTP/1.1\r\n")
            assert http.request("GET", f"{server.url}/v2/").status == 200


def knock(host: str, port: int) -> None:
    for _ in range(200):
        socket.create_connection((host, port)).close()
        time.sleep(0.05)


def test_answers_under_way_are_finished_and_the_rest_is_refused(tmp_path: Path) -> None:
    data = images.layer(2_000_000, 3010).blob.data
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    with serving(f"oci:{tmp_path}", writable=True) as server:
        host, _, port = server.address.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=20) as client, socket.create_connection((host, int(port)), timeout=20) as idle:  # fmt: skip
            head = (
                f"POST /v2/a/blobs/uploads/?digest={digest} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
            )
            client.sendall(head.encode() + data[:1_000_000])
            time.sleep(0.3)
            ending = threading.Thread(target=server.stop)
            ending.start()
            assert idle.recv(1) == b""
            with pytest.raises(ConnectionRefusedError):
                knock(host, int(port))
            client.sendall(data[1_000_000:])
            assert client.recv(100).startswith(b"HTTP/1.1 201 ")
            ending.join()
    assert server.is_whole is True
    assert server.troubles == []


def test_eight_clients_push_the_same_blob_at_once(tmp_path: Path) -> None:
    data = images.layer(3_000_000, 3020).blob.data
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    with serving(f"oci:{tmp_path}", writable=True) as server:

        def push(number: int) -> int:
            where = f"{server.url}/v2/same/{number % 4}/blobs"
            status = http.request("POST", f"{where}/uploads/?digest={digest}", body=data).status
            assert http.request("GET", f"{where}/{digest}").body == data
            return status

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(push, range(24))) == [201] * 24
        assert server.troubles == []
    assert list((tmp_path / ".uploads").iterdir()) == []
    assert len({file.stat().st_ino for file in tmp_path.glob(f"same/*/blobs/sha256/{digest[7:]}")}) == 1


def test_two_servers_and_many_clients_tag_in_one_repository_at_once(tmp_path: Path) -> None:
    tree = images.image([images.layer(900, 3030)])
    with serving(f"oci:{tmp_path}", writable=True) as one, serving(f"oci:{tmp_path}", writable=True) as two:
        for blob in tree.blobs():
            assert http.request("POST", f"{one.url}/v2/a/blobs/uploads/?digest={blob.digest}", body=blob.data).status == 201  # fmt: skip

        def tag(number: int) -> int:
            url = f"{(one, two)[number % 2].url}/v2/a/manifests/t{number:03}"
            headers = {"Content-Type": tree.manifest.media_type}
            return http.request("PUT", url, body=tree.manifest.data, headers=headers).status

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(tag, range(60))) == [201] * 60
        for server in (one, two):
            told = json.loads(http.request("GET", f"{server.url}/v2/a/tags/list").body)
            assert told["tags"] == [f"t{number:03}" for number in range(60)]


def test_an_address_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with serving(f"oci:{tmp_path}", writable=True) as server:
        again = Served(ServeJob(f"oci:{tmp_path}", writable=True, listen=server.address))
        with pytest.raises(InputError, match=f"cannot listen on {server.address}: .*; name another"):
            again.start()


@pytest.mark.parametrize(
    "text", ["5000", ":5000", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "::1:5000", "[::zz]:1"]
)
def test_an_address_that_cannot_be_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--listen|cannot listen"), serving(f"oci:{tmp_path}", writable=True, listen=text):  # fmt: skip
        raise AssertionError


def test_ipv6_is_listened_on_where_it_is_written(tmp_path: Path) -> None:
    assert parse_listen("[::1]:0") == ("::1", 0)
    try:
        with serving(f"oci:{tmp_path}", writable=True, listen="[::1]:0") as server:
            assert http.request("GET", f"{server.url}/v2/").status == 200
    except InputError:
        pytest.skip("NOT TESTED: no IPv6 here")


def test_a_certificate_that_does_not_fit_its_key_is_named(tmp_path: Path, authority: Authority) -> None:
    more = {"tls_cert": str(authority.good().chain_file), "tls_key": str(authority.misnamed().key_file)}
    with pytest.raises(InputError, match=r"good\.crt .*the key is another one's"), serving(f"oci:{tmp_path}", writable=True, **more):  # fmt: skip
        raise AssertionError
