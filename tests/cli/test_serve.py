"""`regplan serve` as a program: what it says, how it ends, what it refuses."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import http, images

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[2] / "src"
SIDE = images.image([images.layer(9_000, 5000)], label="side")


@contextmanager
def running(*arguments: str, given: str = "") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "regplan", "serve", *arguments]
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(given)
            process.stdin.close()
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_at_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    images.write_layout(tmp_path / "docker.io/library/side", {"1": SIDE})
    log = tmp_path / "access.log"
    with running(f"oci:{tmp_path}", "--listen", "127.0.0.1:0", "--access-log", str(log)) as process:
        said = line_of(process)
        found = re.search(r"is served at (http://127\.0\.0\.1:\d+) \(read-only, repositories: 2\)", said)
        assert found is not None, said
        assert "regplan layers profile.json --from docker://127.0.0.1:" in line_of(process)
        assert http.request("GET", f"{found[1]}/v2/library/side/manifests/1").body == SIDE.manifest.data
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == "regplan: press Ctrl-C to stop\n"
    [line] = log.read_text().splitlines()
    assert re.fullmatch(
        rf'127\.0\.0\.1 - - \[[^]]+\] "GET /v2/library/side/manifests/1 HTTP/1\.1" 200 {SIDE.manifest.size} "" "Python-urllib/[^"]+"',
        line,
    )


def test_a_seeding_tells_both_numbers_where_only_its_first_blob_will_show_what_each_takes(tmp_path: Path) -> None:
    """Our server says Docker's version of the API, as distribution does, and takes a blob with one request, as Zot does."""
    images.write_layout(tmp_path / "source", {"quay.io/shop/side:1": SIDE})
    with running(f"oci:{tmp_path}/new", "--writable", "--listen", "127.0.0.1:0", "-o", "jsonl", "--quiet") as process:
        address = json.loads(line_of(process))["address"]
        call = ["seed", "quay.io/shop/side:1", "--from", f"oci:{tmp_path}/source", "--to", f"docker://{address}/p"]
        said = regplan(*call, "--yes", f"--plain-http={address}", "-o", "json")

    blobs = len({blob.digest for blob in SIDE.blobs()})
    told = (
        f"at minimum {2 * blobs + 1} requests ({blobs + 1} if a blob may come with one, which the first will show) and "
    )
    assert told in said.err, said.err
    assert said.document["plan"]["requests_min"] == blobs + 1


def test_the_first_line_is_json_where_that_is_asked_for(tmp_path: Path) -> None:
    arguments = (f"{tmp_path}/new", "--writable", "--listen", "127.0.0.1:0", "--auth-user", "ada")
    with running(*arguments, "--auth-password-stdin", "-o", "jsonl", "--quiet", given="secret word\n") as process:
        told = json.loads(line_of(process))
        assert told["writable"] is True
        assert (told["auth"], told["tls"], told["repositories"]) == ("basic", False, 0)
        assert told["url"] == f"http://{told['address']}"
        assert told["source"] == f"oci:{tmp_path}/new"
        assert told["example"].startswith(f"regplan seed profile.json --to docker://{told['address']}/")
        assert http.request("GET", f"{told['url']}/v2/").status == 401
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_an_address_of_the_network_is_warned_of(tmp_path: Path) -> None:
    with running(f"oci:{tmp_path}", "--writable", "--listen", "0.0.0.0:0") as process:
        line_of(process)
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert "warning: 0.0.0.0 is open to the network: everybody there can read, write and delete" in process.stderr.read()  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["oci:{}/none"], "no such folder"),
        (["oci:{}", "--writable", "--read-only"], "read-only: --writable lets clients write"),
        (["oci:{}", "--writable", "--listen", "5000"], "write HOST:PORT"),
        (["oci:{}", "--writable", "--tls-cert", "x"], "--tls-cert and --tls-key go together"),
        (["oci:{}", "--writable", "--tls-cert", "{}/x", "--tls-key", "{}/y"], "cannot be read"),
        (["oci:{}", "--writable", "--auth-user", "a"], "go together"),
        (["oci:{}", "--writable", "--htpasswd", "{}/none"], "no such file"),
        (["oci:{}", "--writable", "--access-log", "{}/none/log"], "cannot be written"),
        (["docker://reg.example/x"], "is a registry already"),
        (["wrong:x"], "is not a source"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_exit_code_2(arguments: list[str], why: str, tmp_path: Path) -> None:
    said = regplan("serve", *(each.format(tmp_path) for each in arguments))

    assert said.code == 2
    assert why in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
