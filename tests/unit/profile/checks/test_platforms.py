from __future__ import annotations

from regplan.profile.read import NamedText, Setting, read
from unit.profile.texts import listing


def messages(*listed: str, hosts: frozenset[str] = frozenset()) -> list[str]:
    found = read([NamedText("values.yaml", listing(*listed))], Setting(architectures=hosts)).findings
    return [each.message for each in found if each.rule == "image.other-platform"]


def test_images_for_other_hosts_than_most_are_told_by_their_names() -> None:
    (message,) = messages("a/b:1-arm64", "a/b:1-amd64", "a/c:1", "a/d:1-ppc64le")
    assert message.endswith("docker.io/a/b:1-arm64 (arm64), docker.io/a/d:1-ppc64le (ppc64le).")


def test_images_for_the_usual_hosts_are_not() -> None:
    assert messages("a/b:1-amd64", "a/c:1") == []


def test_where_the_hosts_are_known_names_are_not_asked() -> None:
    assert messages("a/b:1-arm64", hosts=frozenset({"arm64"})) == []
