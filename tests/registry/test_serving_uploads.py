"""Uploads to `regplan serve --writable`: in every way of the specification, broken off, gone on with, and mounted."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from typing import TYPE_CHECKING

import pytest

from registry.ours import exchange, serving
from support import http, images

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.ours import Served
    from support.http import Response

DATA = images.layer(3_000_000, 2000).blob.data
DIGEST = f"sha256:{hashlib.sha256(DATA).hexdigest()}"
THIRD = 1_000_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with serving(f"oci:{tmp_path}/tree", writable=True) as served:
        yield served


def ask(server: Served, method: str, path: str, body: bytes | None = None, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.request(method, f"{server.url}{path}", body=body, headers=named)


def code(answer: Response) -> str:
    return str(json.loads(answer.body)["errors"][0]["code"])


def begin(server: Served, repository: str = "up/a") -> str:
    answer = ask(server, "POST", f"/v2/{repository}/blobs/uploads/")
    assert answer.status == 202
    assert answer.headers["range"] == "0-0"
    return answer.headers["location"]


def chunk(server: Served, where: str, first: int, last: int, method: str = "PATCH") -> Response:
    return ask(server, method, where, DATA[first : last + 1], Content_Range=f"{first}-{last}")


def blob(server: Served, repository: str = "up/a", digest: str = DIGEST) -> bytes | int:
    answer = ask(server, "GET", f"/v2/{repository}/blobs/{digest}")
    return answer.body if answer.status == 200 else answer.status


def leftovers(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "tree" / ".uploads").iterdir())


def test_a_blob_is_sent_in_one_put(server: Served, tmp_path: Path) -> None:
    answer = ask(server, "PUT", f"{begin(server)}?digest={DIGEST}", DATA)

    assert (answer.status, answer.headers["docker-content-digest"]) == (201, DIGEST)
    assert answer.headers["location"] == f"/v2/up/a/blobs/{DIGEST}"
    assert blob(server) == DATA
    assert leftovers(tmp_path) == []


def test_a_blob_is_sent_in_one_post(server: Served) -> None:
    assert ask(server, "POST", f"/v2/up/a/blobs/uploads/?digest={DIGEST}", DATA).status == 201
    assert blob(server) == DATA


@pytest.mark.parametrize("closing", ["empty", "last chunk"])
def test_a_blob_is_sent_in_chunks(server: Served, closing: str) -> None:
    where = begin(server)
    for first in (0, THIRD):
        answer = chunk(server, where, first, first + THIRD - 1)
        assert (answer.status, answer.headers["range"]) == (202, f"0-{first + THIRD - 1}")
        where = answer.headers["location"]
        told = ask(server, "GET", where)
        assert (told.status, told.headers["range"], told.headers["location"]) == (204, f"0-{first + THIRD - 1}", where)
    if closing == "empty":
        chunk(server, where, 2 * THIRD, len(DATA) - 1)
        assert ask(server, "PUT", f"{where}?digest={DIGEST}").status == 201
    else:
        assert chunk(server, f"{where}?digest={DIGEST}", 2 * THIRD, len(DATA) - 1, "PUT").status == 201
    assert blob(server) == DATA
    assert code(ask(server, "GET", where)) == "BLOB_UPLOAD_UNKNOWN"


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("first", [0, 2 * THIRD])
def test_a_chunk_out_of_order_is_refused_with_where_to_go_on(server: Served, method: str, first: int) -> None:
    where = begin(server)
    chunk(server, where, 0, THIRD - 1)

    answer = chunk(server, f"{where}?digest={DIGEST}", first, first + THIRD - 1, method)

    assert (answer.status, answer.headers["range"]) == (416, f"0-{THIRD - 1}")
    assert chunk(server, answer.headers["location"], THIRD, len(DATA) - 1).status == 202
    assert ask(server, "PUT", f"{where}?digest={DIGEST}").status == 201
    assert blob(server) == DATA


@pytest.mark.parametrize(("said", "error"), [("0-5", "SIZE_INVALID"), ("x", "BLOB_UPLOAD_INVALID")])
def test_a_chunk_whose_headers_disagree_is_refused(server: Served, said: str, error: str) -> None:
    answer = ask(server, "PATCH", begin(server), b"12345", Content_Range=said)

    assert (answer.status, code(answer)) == (400, error)


def test_a_stream_of_unknown_length_is_taken(server: Served) -> None:
    where = begin(server)
    pieces = [DATA[place : place + 70_000] for place in range(0, len(DATA), 70_000)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    head = f"PATCH {where} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

    answer = exchange(server.address, head.encode() + body)

    assert answer.startswith(b"HTTP/1.1 202 ")
    assert ask(server, "PUT", f"{where}?digest={DIGEST}").status == 201
    assert blob(server) == DATA


def test_a_client_that_asks_first_is_told_to_go_on(server: Served) -> None:
    where = begin(server)
    host, _, port = server.address.rpartition(":")
    head = f"PUT {where}?digest={DIGEST} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(DATA)}\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(head.encode())
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(DATA)
        assert client.recv(100).startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize("way", ["post", "put", "chunks"])
def test_other_bytes_than_the_digest_says_are_refused_and_gone(server: Served, tmp_path: Path, way: str) -> None:
    if way == "post":
        answer = ask(server, "POST", f"/v2/up/a/blobs/uploads/?digest={DIGEST}", DATA + b"x")
    else:
        where = begin(server)
        if way == "chunks":
            chunk(server, where, 0, THIRD)
        answer = ask(server, "PUT", f"{where}?digest={DIGEST}", DATA + b"x")

    assert (answer.status, code(answer)) == (400, "DIGEST_INVALID")
    assert blob(server) == 404
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("digest", ["", "sha256:0", "md5:" + "0" * 32])
def test_a_digest_that_is_none_is_refused_and_the_upload_stays(server: Served, digest: str) -> None:
    where = begin(server)

    assert code(ask(server, "PUT", f"{where}?digest={digest}", DATA)) == "DIGEST_INVALID"
    assert ask(server, "PUT", f"{where}?digest={DIGEST}", DATA).status == 201


def test_an_upload_is_known_in_its_own_repository_alone(server: Served) -> None:
    name = begin(server).rpartition("/")[2]

    for path in (f"/v2/up/b/blobs/uploads/{name}", "/v2/up/a/blobs/uploads/..", "/v2/up/a/blobs/uploads/%2e%2e%2fx"):
        assert ask(server, "GET", path).status == 404
        assert ask(server, "PATCH", path, b"x").status in {400, 404}


def test_a_cancelled_upload_is_gone(server: Served, tmp_path: Path) -> None:
    where = begin(server)
    chunk(server, where, 0, THIRD - 1)

    assert ask(server, "DELETE", where).status == 204
    assert ask(server, "DELETE", where).status == 404
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_chunks_may_be_closed_with_another_algorithm(server: Served, algorithm: str) -> None:
    digest = f"{algorithm}:{hashlib.new(algorithm, DATA).hexdigest()}"
    where = begin(server)
    chunk(server, where, 0, THIRD - 1)
    chunk(server, where, THIRD, len(DATA) - 1)

    assert ask(server, "PUT", f"{where}?digest={digest}").status == 201
    assert blob(server, digest=digest) == DATA


def cut(server: Served, where: str, sent: int, *, chunked: bool = False) -> None:
    """Announce a whole blob, send a part, and go away."""
    host, _, port = server.address.rpartition(":")
    how = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(DATA)}"
    start = b"%x\r\n" % len(DATA) if chunked else b""
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(f"PATCH {where} HTTP/1.1\r\nHost: x\r\n{how}\r\n\r\n".encode() + start + DATA[:sent])


def settled(server: Served, where: str, size: int) -> str:
    """The upload's Range, as soon as it tells of `size` bytes."""
    for _ in range(200):
        told = ask(server, "GET", where).headers["range"]
        if told == f"0-{size - 1}":
            break
        time.sleep(0.02)
    return told


@pytest.mark.parametrize("chunked", [False, True])
def test_a_client_that_breaks_off_goes_on_where_it_was(server: Served, chunked: bool) -> None:
    where = begin(server)
    cut(server, where, 1_234_567, chunked=chunked)

    assert settled(server, where, 1_234_567) == "0-1234566"
    assert chunk(server, where, 1_234_567, len(DATA) - 1).status == 202
    assert ask(server, "PUT", f"{where}?digest={DIGEST}").status == 201
    assert blob(server) == DATA


def test_an_upload_outlives_a_restart(tmp_path: Path) -> None:
    with serving(f"oci:{tmp_path}/tree", writable=True) as server:
        where = begin(server)
        chunk(server, where, 0, THIRD - 1)
    with serving(f"oci:{tmp_path}/tree", writable=True) as server:
        assert ask(server, "GET", where).headers["range"] == f"0-{THIRD - 1}"
        assert chunk(server, f"{where}?digest={DIGEST}", THIRD, len(DATA) - 1, "PUT").status == 201
        assert blob(server) == DATA


def test_a_blob_is_mounted_from_a_repository_or_from_any(server: Served, tmp_path: Path) -> None:
    ask(server, "POST", f"/v2/up/a/blobs/uploads/?digest={DIGEST}", DATA)

    for repository, origin in (("up/b", "&from=up%2Fa"), ("up/c", "")):
        answer = ask(server, "POST", f"/v2/{repository}/blobs/uploads/?mount={DIGEST}{origin}")
        assert (answer.status, answer.headers["location"]) == (201, f"/v2/{repository}/blobs/{DIGEST}")
        assert blob(server, repository) == DATA
    files = {file.stat().st_ino for file in (tmp_path / "tree").glob(f"up/*/blobs/sha256/{DIGEST[7:]}")}
    assert len(files) == 1


@pytest.mark.parametrize("origin", ["&from=up%2Fnone", "&from=..%2F..", "&from=UP", ""])
def test_what_cannot_be_mounted_becomes_an_upload(server: Served, origin: str) -> None:
    answer = ask(server, "POST", f"/v2/up/b/blobs/uploads/?mount={DIGEST}{origin}")

    assert answer.status == 202
    assert ask(server, "PUT", f"{answer.headers['location']}?digest={DIGEST}", DATA).status == 201


def test_a_blob_that_is_pushed_again_elsewhere_is_kept_once_and_mended(server: Served, tmp_path: Path) -> None:
    for repository in ("up/a", "up/b"):
        ask(server, "POST", f"/v2/{repository}/blobs/uploads/?digest={DIGEST}", DATA)
    first, second = (tmp_path / "tree" / name / "blobs/sha256" / DIGEST[7:] for name in ("up/a", "up/b"))
    assert first.samefile(second)

    first.write_bytes(bytes(len(DATA)))
    ask(server, "POST", f"/v2/up/b/blobs/uploads/?digest={DIGEST}", DATA)

    assert blob(server, "up/a") == blob(server, "up/b") == DATA
