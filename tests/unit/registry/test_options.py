from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import pytest

from regplan.registry.options import ConnectionOptions, Credential, HostOptions, Login, Secret, is_loopback


def test_what_is_said_of_a_host_goes_before_what_is_said_of_all() -> None:
    options = ConnectionOptions(
        {"*": HostOptions(tls_verify=False, tls_fingerprint="aa"), "A.example:8443": HostOptions(tls_verify=True)}
    )

    assert options.for_host("a.example:8443").tls_verify is True
    assert options.for_host("a.example:8443").tls_fingerprint == "aa"
    assert options.for_host("a.example").tls_verify is False


def test_nothing_said_is_tls_with_checks() -> None:
    reach = ConnectionOptions().for_host("127.0.0.1:5000")

    assert reach.tls_verify is True
    assert reach.plain_http is False


def test_docker_hub_is_one_host_under_three_names() -> None:
    options = ConnectionOptions({"docker.io": HostOptions(tls_fingerprint="bb")})

    assert options.for_host("registry-1.docker.io").tls_fingerprint == "bb"
    assert options.for_host("index.docker.io").tls_fingerprint == "bb"


@pytest.mark.parametrize(
    ("host", "by_host", "may"),
    [
        ("far.example", {}, True),
        ("far.example", {"*": HostOptions(plain_http=True)}, False),
        ("far.example", {"far.example": HostOptions(plain_http=True)}, True),
        ("far.example:80", {"far.example": HostOptions(plain_http=True)}, True),
        ("127.0.0.1:5000", {"*": HostOptions(plain_http=True)}, True),
        ("localhost:5000", {"*": HostOptions(plain_http=True)}, True),
        ("localhost.example", {"*": HostOptions(plain_http=True)}, False),
    ],
)
def test_over_plain_http_a_login_goes_to_loopback_or_where_the_host_is_named(
    host: str, by_host: dict[str, HostOptions], may: bool
) -> None:
    assert ConnectionOptions(by_host).may_log_in(host) is may


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1:80", "[::1]:5000", "localhost", "LOCALHOST:1"])
def test_this_machine_is_known_by_name_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "127.0.0.1.example", "localhost.example:80", "[fe80::1]", ""])
def test_other_machines_are_not_this_one(host: str) -> None:
    assert not is_loopback(host)


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret("pa55word")
    login = Login("a", Credential("me", secret, secret, secret))
    options = ConnectionOptions(login=login)
    shown = [str(secret), repr(secret), f"{secret}", f"{options!r}", str(dataclasses.asdict(login))]

    assert not any("pa55word" in text for text in shown)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_a_secret_is_itself_after_a_copy_and_a_trip_to_another_process() -> None:
    assert copy.deepcopy(Secret("x")) == pickle.loads(pickle.dumps(Secret("x"))) == Secret("x")  # noqa: S301
    assert len({Secret("x"), Secret("x"), Secret("y")}) == 2
    assert not Secret("")
