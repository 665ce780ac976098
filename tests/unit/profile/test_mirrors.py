from __future__ import annotations

import pytest

from regplan.errors import InputError, InvalidSite
from regplan.profile.mirrors import parse_mirror, parse_mirrors, parse_source_host
from regplan.profile.site import parse_site
from support.columns import without_columns

HEAD = "name: s\nprofiles: [a.json]\n"


def test_mirrors_of_one_host_keep_their_order_and_each_stands_once() -> None:
    told = ["docker.io=b.corp/hub/", "Index.Docker.io=a.corp:5000", "docker.io=b.corp/hub", "quay.io=docker://b.corp"]

    assert parse_mirrors(told) == (("docker.io", ("b.corp/hub", "a.corp:5000")), ("quay.io", ("b.corp",)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/hub",
        "https://a.corp",
        "me:hunter2@a.corp",
        "a.corp/Hub",
        "a.corp//hub",
        "a corp",
        "a.corp/hub:1",
        "-a.corp",
    ],
)
def test_what_is_no_mirror_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(InputError, match=r"is not a mirror; write HOST\[:PORT\]\[/PREFIX\]") as caught:
        parse_mirror(text)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "docker", "docker.io/library", "https://docker.io", "me:hunter2@docker.io", "*"])
def test_what_is_no_source_host_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(InputError, match=r"is not the host of a registry, such as docker\.io") as caught:
        parse_source_host(text)
    assert "hunter2" not in str(caught.value)


def test_addresses_and_loopback_can_be_mirrored() -> None:
    assert parse_source_host("[::1]:5000") == "[::1]:5000"
    assert parse_source_host("localhost") == "localhost"
    assert parse_mirror("[2001:db8::1]:5000/a/b") == "[2001:db8::1]:5000/a/b"


def test_the_option_says_how_it_is_written() -> None:
    with pytest.raises(InputError, match=r"--mirror 'docker\.io': write SOURCE-HOST=HOST"):
        parse_mirrors(["docker.io"])
    with pytest.raises(InputError, match="--mirror: 'docker' is not the host of a registry"):
        parse_mirrors(["docker=a.corp"])


def test_a_site_file_names_one_mirror_or_a_list_for_each_host() -> None:
    site = parse_site(f"{HEAD}mirrors: {{docker.io: mirror.corp/hub, quay.io: [a.corp, b.corp:5000/q]}}\n", "s.yaml")

    assert site.inputs.mirrors == (("docker.io", ("mirror.corp/hub",)), ("quay.io", ("a.corp", "b.corp:5000/q")))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mirrors: {dockerio: a.corp}", "line 3: mirrors: at dockerio: 'dockerio' is not the host of a registry"),
        ("mirrors: {docker.io: [a.corp, 'https://b']}", "line 3: mirrors: at docker.io: 'https://b' is not a mirror"),
        ("mirrors: mirror.corp", "line 3: mirrors: a mapping is expected"),
        ("mirors: {docker.io: a.corp}", "line 3: mirors: unknown key; did you mean mirrors?"),
    ],
)
def test_a_misspelt_mirror_is_an_error_with_file_and_line(text: str, told: str) -> None:
    with pytest.raises(InvalidSite) as caught:
        parse_site(f"{HEAD}{text}\n", "s.yaml")

    assert without_columns(str(caught.value), f"{HEAD}{text}\n").startswith(f"s.yaml: {told}")
