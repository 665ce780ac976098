from __future__ import annotations

import re

import pytest

from regplan.errors import InputError
from regplan.registry.options import ConnectionOptions, HostOptions, Secret
from regplan.registry.palette_target import PaletteAsked, PaletteTarget, find_target

TOLD = {"PALETTE_HOST": "palette.corp", "PALETTE_API_KEY": "abc", "PALETTE_PROJECT_UID": "65c90aa2f1e4d83b7a0c1d2e"}
CLASSIC = {"SPECTROCLOUD_HOST": "api.spectrocloud.com", "SPECTROCLOUD_APIKEY": "def"}


def find(
    url: str | None = None, environment: dict[str, str] | None = None, key: str | None = "k", project: str | None = None
) -> PaletteTarget:
    asked = PaletteAsked(url, project, None if key is None else Secret(key))
    return find_target(asked, environment or {}, ConnectionOptions())


def refusal(*arguments: object, **more: object) -> str:
    with pytest.raises(InputError) as caught:
        find(*arguments, **more)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://palette.corp", "https://palette.corp"),
        ("https://Palette.Corp:8443/", "https://palette.corp:8443"),
        ("palette.corp", "https://palette.corp"),
        ("10.0.0.9:8443", "https://10.0.0.9:8443"),
        ("https://[fd00::1]:8443", "https://[fd00::1]:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_an_address_is_a_host_with_or_without_scheme_and_https_unless_said(url: str, endpoint: str) -> None:
    assert find(url).endpoint == endpoint


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://console.spectrocloud.com/projects/65c9/overview", "such as https://console.spectrocloud.com"),
        ("https://palette.corp?x=1", "the address of the API alone"),
        ("https://me:hunter2@palette.corp", "without user, password and key"),
        ("ftp://palette.corp", "this is no address"),
        ("https://", "this is no address"),
        ("palette corp", "this is no address"),
        ("palette.corp:99999", "this is no address"),
        ("palette.corp\r\nX: y", "this is no address"),
        ("", "no Palette is named"),
    ],
)
def test_what_is_no_address_is_told_without_showing_secrets(url: str, words: str) -> None:
    told = refusal(url)
    assert words in told
    assert "hunter2" not in told


def test_the_key_goes_over_plain_http_to_this_machine_or_to_a_host_that_is_named() -> None:
    assert "say --plain-http=palette.corp" in refusal("http://palette.corp")
    named = ConnectionOptions({"palette.corp": HostOptions(plain_http=True)})
    everywhere = ConnectionOptions({"*": HostOptions(plain_http=True)})
    asked = PaletteAsked("palette.corp", None, Secret("k"))
    assert find_target(asked, {}, named).endpoint == "http://palette.corp"
    with pytest.raises(InputError, match=r"--plain-http=palette\.corp"):
        find_target(asked, {}, everywhere)


@pytest.mark.parametrize(
    ("environment", "endpoint", "origin"),
    [
        (TOLD, "https://palette.corp", "$PALETTE_API_KEY"),
        (CLASSIC, "https://api.spectrocloud.com", "$SPECTROCLOUD_APIKEY"),
        (TOLD | CLASSIC, "https://palette.corp", "$PALETTE_API_KEY"),
        ({"PALETTE_HOST": "palette.corp"} | CLASSIC, "https://api.spectrocloud.com", "$SPECTROCLOUD_APIKEY"),
    ],
)
def test_the_environment_names_host_and_key_of_one_family(
    environment: dict[str, str], endpoint: str, origin: str
) -> None:
    found = find(None, environment, key=None)
    assert (found.endpoint, found.origin) == (endpoint, origin)


def test_a_key_of_the_environment_goes_to_no_other_host_than_its_own() -> None:
    told = refusal("https://other.corp", CLASSIC, key=None)
    assert "the API key in $SPECTROCLOUD_APIKEY is for api.spectrocloud.com ($SPECTROCLOUD_HOST)" in told
    assert "def" not in re.sub(r"\$\w+", "", told)
    assert find("https://other.corp", {"SPECTROCLOUD_APIKEY": "def"}, key=None).key == Secret("def")
    assert find("https://other.corp", CLASSIC).origin == "standard input"


def test_of_two_families_the_one_that_names_the_host_asked_for_is_taken() -> None:
    found = find("https://api.spectrocloud.com", TOLD | CLASSIC, key=None)
    assert (found.key, found.origin) == (Secret("def"), "$SPECTROCLOUD_APIKEY")


@pytest.mark.parametrize("key", [None, "", "a b", "a\nProjectUid: x", "schlüssel"])
def test_a_key_that_is_absent_or_cannot_be_is_told_without_showing_it(key: str | None) -> None:
    told = refusal("https://palette.corp", {}, key=key)
    assert "an API key is needed" in told if not key else "holds characters that no API key has" in told
    assert not key or key not in told


def test_a_project_is_an_id_told_or_from_the_environment() -> None:
    other = "0" * 24
    assert find(None, TOLD, key=None).project == TOLD["PALETTE_PROJECT_UID"]
    assert find(None, TOLD, key=None, project=other).project == other
    assert find(None, TOLD, key=None, project="").project == ""
    assert "'Default' is no project ID" in refusal("https://palette.corp", project="Default")


def test_a_target_shows_no_key() -> None:
    assert "abc" not in repr(find(None, TOLD, key=None))
    assert "secret-key" not in repr(PaletteAsked("u", None, Secret("secret-key")))
