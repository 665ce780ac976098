"""`regplan doctor HOST:PORT` as people and scripts see it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from regplan.cli.app import main
from regplan.model.limits import RateLimit
from regplan.model.probe import Certificate, HostFound, LoginFound, RegistryKind, TlsFound
from regplan.verbs.hosts import checks_of, mends_of
from support.answers import Asked, Reply, serve
from test_docs import on_a_terminal as shown_on_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from support.certificates import Authority
    from support.starter import StartRegistry

PIN = "sha256:" + "ab" * 32
ZOT = json.dumps({"extensions": [{"name": "_zot"}]}).encode()


def zot(asked: Asked) -> Reply:
    if asked.path == "/v2/_oci/ext/discover":
        return Reply(200, ZOT)
    return Reply(200, b"{}") if asked.path == "/v2/" else Reply(404, b"")


def refused(host: str, problem: str, kind: str, *names: str) -> HostFound:
    chain = (
        Certificate(PIN, "CN=x", "CN=ca", names or ("10.0.0.5",), "2026-01-01T00:00:00", "2027-01-01T00:00:00", 30),
    )
    tls = TlsFound("TLSv1.3", "", problem, f"the certificate of {host} is refused", chain)
    return HostFound(host, tls=tls, status=401, kind=RegistryKind(kind, is_registry=True, evidence="told"))


def test_an_untrusted_zot_is_shown_with_the_command_that_fetches_its_ca_and_the_options_to_use_it(
    authority: Authority,
) -> None:
    with serve(zot, authority.good().server_context()) as served:
        host, file = served.address, f"{served.address.replace(':', '-')}-ca.crt"
        shown, found = regplan("doctor", host), regplan("doctor", host, "-o", "json")

    assert (shown.code, found.code) == (1, 1)
    [document] = found.document["hosts"]
    assert (document["tls"]["problem"], document["kind"]["name"]) == ("unknown-ca", "Zot")
    pin = document["tls"]["chain"][0]["fingerprint"]
    assert document["mends"] == [
        "# Zot, documented by Palette: secret zot-tls in zot-system",
        (
            "kubectl get secret zot-tls --namespace zot-system --output jsonpath='{.data.ca\\.crt}' "
            f"| base64 --decode > {file}"
        ),
        f"--ca-cert={host}={file}",
        f"--tls-fingerprint={host}={pin}",
    ]
    for line in document["mends"]:
        assert f"\n{line}\n" in shown.out
    assert f"✗ problem  signed by an unknown CA\n    the certificate of {host} is signed by an unknown CA" in shown.out
    assert {"name", "state", "found", "fix"} <= document["checks"][0].keys()


def test_what_mends_it_does(authority: Authority) -> None:
    with serve(zot, authority.good().server_context()) as served:
        first = regplan("doctor", served.address, "-o", "json").document["hosts"][0]
        pinned = regplan("doctor", served.address, first["mends"][-1], "-o", "json")
        trusted = regplan("doctor", served.address, f"--ca-cert={served.address}={authority.ca_file}")

    assert (pinned.code, trusted.code) == (0, 0)
    assert pinned.document["hosts"][0]["tls"]["trusted_by"] == "fingerprint"
    assert "✓ ok" in trusted.out
    assert "To mend" not in trusted.out


@pytest.mark.parametrize(
    ("found", "commands"),
    [
        (refused("10.0.0.5:30003", "unknown-ca", "unknown OCI registry"), ["zot-tls", "harbor-ingress-tls"]),
        (refused("harbor.corp", "unknown-ca", "Harbor"), ["harbor-ingress-tls"]),
        (refused("zot.corp:5000", "unknown-ca", "Zot"), ["zot-tls"]),
        (refused("reg.corp:5000", "unknown-ca", "Quay"), []),
        (refused("10.0.0.5:30003", "expired", "Zot"), []),
    ],
)
def test_kubectl_is_named_for_what_may_be_palettes(found: HostFound, commands: list[str]) -> None:
    said = [line for line in mends_of(found) if line.startswith("kubectl")]

    assert [re.findall(r"secret (\S+)", line)[0] for line in said] == commands
    assert f"--tls-fingerprint={found.host}={PIN}" in mends_of(found)


def test_another_name_is_mended_by_a_name_that_the_certificate_holds() -> None:
    found = refused("10.0.0.5:30003", "other-name", "Zot", "*.corp", "zot.corp", "2001:db8::1")

    assert mends_of(found) == (
        "regplan doctor zot.corp:30003",
        "regplan doctor [2001:db8::1]:30003",
        f"--tls-fingerprint=10.0.0.5:30003={PIN}",
    )


def test_a_missing_client_certificate_is_mended_by_two_options() -> None:
    found = HostFound("a:1", tls=TlsFound(problem="client-certificate", reason="it wants one"))

    assert mends_of(found) == ("--client-cert=a:1=FILE --client-key=a:1=FILE",)
    assert [check.name for check in checks_of(found)] == ["reach", "trust"]


@pytest.mark.parametrize(("days", "state"), [(200, "✓ ok"), (12, "! soon")])
def test_a_certificate_that_ends_soon_is_said_before_it_does(authority: Authority, days: int, state: str) -> None:
    with serve(zot, authority.ending_in(days).server_context()) as served:
        said = regplan("doctor", served.address, f"--ca-cert={authority.ca_file}")

    assert said.code == 0
    assert re.search(rf"certificate +{re.escape(state)}.*{days} days left", said.out)


def test_a_host_that_cannot_be_reached_ends_with_3_and_the_others_are_told(start_registry: StartRegistry) -> None:
    registry = start_registry()

    said = regplan("doctor", "127.0.0.1:1", registry.address, f"--plain-http={registry.address}")
    found = regplan("doctor", "127.0.0.1:1", registry.address, f"--plain-http={registry.address}", "-o", "json")

    assert (said.code, found.code) == (3, 3)
    assert "nothing listens there" in said.out
    assert "distribution (registry:2)" in said.out
    assert [bool(each["problem"]) for each in found.document["hosts"]] == [True, False]


def test_a_login_that_is_refused_or_lacking_is_a_problem_and_never_shown(
    start_registry: StartRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    registry = start_registry("basic")
    file = tmp_path / "auth.json"
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(file))

    def look(password: str) -> tuple[int, str]:
        import base64

        auth = base64.b64encode(f"{registry.user}:{password}".encode()).decode()
        file.write_text(json.dumps({"auths": {registry.address: {"auth": auth}}}))
        said = regplan("doctor", registry.address, f"--plain-http={registry.address}")
        assert password not in said.out + said.err
        assert auth not in said.out + said.err
        return said.code, said.out

    good, bad = look(registry.password), look("wr0ng-pa55word")
    file.write_text("{}")
    none = regplan("doctor", registry.address, f"--plain-http={registry.address}")

    assert good[0] == 0
    assert f"basic; login from {file}, accepted" in good[1]
    assert bad[0] == 1
    assert f"refuses the login from {file}" in bad[1]
    assert none.code == 1
    assert "no login is known" in none.out


def test_a_user_on_the_command_line_is_for_the_host_that_is_looked_at(
    start_registry: StartRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys

    registry = start_registry("basic")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{registry.password}\n"))

    said = regplan(
        "doctor", registry.address, f"--plain-http={registry.address}", "--username", registry.user, "--password-stdin"
    )

    assert said.code == 0
    assert "login from the command line, accepted" in said.out


def test_offline_refuses_to_look_at_a_host() -> None:
    said = regplan("doctor", "127.0.0.1:1", "--offline")

    assert said.code == 2
    assert "being offline allows no connection" in said.err
    assert regplan("doctor", "--offline").code == 0


@pytest.mark.parametrize("text", ["https://a.corp", "a b", "me:hunter2@a.corp", "a.corp/project", ""])
def test_what_is_no_host_is_refused_without_its_password(text: str) -> None:
    said = regplan("doctor", text)

    assert said.code == 2
    assert "is not a host; write HOST or HOST:PORT" in said.err
    assert "hunter2" not in said.err


def test_a_web_page_is_no_registry() -> None:
    with serve(lambda _: Reply(200, b"<html>", {"Content-Type": "text/html"})) as served:
        said = regplan("doctor", served.address, f"--plain-http={served.address}")

    assert said.code == 1
    assert "no registry: a web page" in said.out


def test_a_table_can_be_read_in_80_columns(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with serve(zot, authority.good().server_context()) as served:
        shown = shown_on_a_terminal("doctor", served.address, f"--ca-cert={authority.ca_file}")

    assert max(map(len, shown.splitlines())) <= 80
    assert re.search(r"^    sha256:[0-9a-f]{64}$", shown, re.MULTILINE)


def test_csv_has_a_row_for_each_check_with_its_host() -> None:
    with serve(zot) as served:
        said = regplan("doctor", served.address, f"--plain-http={served.address}", "-o", "csv")

    lines = said.out.splitlines()
    assert lines[0] == "host,name,state,found,fix"
    assert all(line.startswith(served.address) for line in lines[1:])
    assert main(["doctor", "-o", "csv", "--quiet"]) == 0


def test_a_token_server_that_gives_nobody_a_token_for_nothing_is_no_problem_yet() -> None:
    def answer(asked: Asked) -> Reply:
        challenge = f'Bearer realm="http://{asked.headers["host"]}/token",service="s"'
        return Reply(403 if asked.path.startswith("/token") else 401, b"{}", {"WWW-Authenticate": challenge})

    with serve(answer) as served:
        said = regplan("doctor", served.address, f"--plain-http={served.address}")

    assert said.code == 0
    assert "no login is known; public images may still be had" in said.out


def test_a_host_that_only_an_option_names_is_asked_for() -> None:
    said = regplan("doctor", "--plain-http", "127.0.0.1:5000")

    assert said.code == 2
    assert "no host to look at: write regplan doctor 127.0.0.1:5000" in said.err


def test_pulls_that_are_left_and_certificates_that_are_over_are_told_in_words() -> None:
    chain = (
        Certificate(PIN, "CN=x", "CN=x", (), "2025-01-01T00:00:00+00:00", "2025-06-01T00:00:00+00:00", -40),
        Certificate(PIN),
    )
    told = HostFound(
        "docker.io",
        tls=TlsFound("TLSv1.3", "system", chain=chain),
        status=401,
        kind=RegistryKind("Docker Hub", is_registry=True, version="1.2", evidence="told"),
        login=LoginFound("other", origin="a file", accepted=False, reason="it refuses"),
        rate_limit=RateLimit("docker.io", 100, 0, 21600, "192.0.2.7"),
    )

    said = {check.name: (str(check.state), check.found) for check in checks_of(told)}

    assert said["certificate"] == ("problem", "CN=x; by itself; 2025-01-01 to 2025-06-01, expired 40 days ago")
    assert said["issuer 1"] == ("ok", "its fields cannot be read by this Python")
    assert said["kind"] == ("ok", "Docker Hub 1.2 (told)")
    assert said["login"] == ("problem", "asked for in no known way; login from a file")
    assert said["pulls"] == ("problem", "0 of 100 left in 6 h, counted for 192.0.2.7")
