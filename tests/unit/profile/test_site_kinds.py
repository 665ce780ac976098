from __future__ import annotations

import zoneinfo

import pytest

from regplan.errors import InputError
from regplan.profile import site_kinds as kinds
from regplan.profile.meant import suggest
from regplan.profile.tree import parse_documents


def test_a_zone_is_believed_where_nothing_knows_any_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    assert kinds.TIMEZONE.read("Mars/Olympus") == "Mars/Olympus"


@pytest.mark.parametrize("text", ["Europe/Berlin", "Etc/GMT+1", "UTC"])
def test_a_zone_has_the_name_that_the_database_gives_it(text: str) -> None:
    assert kinds.TIMEZONE.read(text) == text


@pytest.mark.parametrize(
    "text", ["Europe/Berln", "Europe//Berlin", "./UTC", "../zoneinfo/UTC", "/etc/localtime", "/usr/share/zoneinfo/UTC"]
)
def test_what_is_no_name_of_a_zone_is_refused_whatever_file_it_leads_to(text: str) -> None:
    with pytest.raises(InputError, match="is not a time zone such as Europe/Berlin"):
        kinds.TIMEZONE.read(text)


def test_a_suggestion_is_spelt_as_the_word_is() -> None:
    assert suggest("europe/berln", ["Europe/Berlin", "UTC"]) == "; did you mean Europe/Berlin?"
    assert suggest("xyz", ["Europe/Berlin"]) == ""


@pytest.mark.parametrize("text", ["keep 3 versions", "keep 3", "KEEP 3 version"])
def test_a_retention_keeps_a_count(text: str) -> None:
    assert kinds.RETENTION.read(text) == 3


def test_a_link_may_have_no_latency_and_a_site_no_host_added() -> None:
    assert kinds.DURATION.read("0ms") == 0
    assert kinds.NATURAL.read("0") == 0


@pytest.mark.parametrize("text", ["x86_64", "X86-64", "AMD64"])
def test_an_architecture_has_one_name(text: str) -> None:
    assert kinds.ARCH.read(text) == "amd64"


@pytest.mark.parametrize("kind", [kinds.SIZE, kinds.CPU, kinds.RATE, kinds.SHARE, kinds.NUMBER, kinds.COUNT])
@pytest.mark.parametrize("text", ["9" * 5000, "1e999999999", "-1", "٣", "{a: b}", "''"])
def test_what_is_no_quantity_is_an_input_error(kind: kinds.Kind, text: str) -> None:
    with pytest.raises(InputError):
        kind.read(parse_documents(text)[0])
