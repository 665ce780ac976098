"""Every kind of name that Docker's grammar (distribution/reference) takes or refuses; where regplan differs it is said."""

from __future__ import annotations

import pytest

from regplan.errors import InvalidReference
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference, without_password

HEX = "ab" * 32
DIGEST = f"sha256:{HEX}"
IMAGE_ID = "0f1e2d3c" * 8


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("nginx", "docker.io", "library/nginx", "latest", None),
        ("nginx:1.27", "docker.io", "library/nginx", "1.27", None),
        ("grafana/grafana", "docker.io", "grafana/grafana", "latest", None),
        ("a/b/c", "docker.io", "a/b/c", "latest", None),
        ("docker.io/nginx", "docker.io", "library/nginx", "latest", None),
        ("docker.io/library/nginx", "docker.io", "library/nginx", "latest", None),
        ("docker.io/grafana/grafana", "docker.io", "grafana/grafana", "latest", None),
        ("index.docker.io/nginx", "docker.io", "library/nginx", "latest", None),
        ("index.docker.io/library/debian", "docker.io", "library/debian", "latest", None),
        # Not Docker's doing: regplan knows Docker Hub by the name of its registry too.
        ("registry-1.docker.io/library/debian:12", "docker.io", "library/debian", "12", None),
        ("registry-1.docker.io/debian", "docker.io", "library/debian", "latest", None),
        ("library/debian", "docker.io", "library/debian", "latest", None),
        ("docker.io", "docker.io", "library/docker.io", "latest", None),
        ("localhost/debian", "localhost", "debian", "latest", None),
        ("localhost/library/debian", "localhost", "library/debian", "latest", None),
        ("localhost:5000/a/b:1.2", "localhost:5000", "a/b", "1.2", None),
        ("localhost", "docker.io", "library/localhost", "latest", None),
        ("localhost:5000", "docker.io", "library/localhost", "5000", None),
        ("till:5000/repo", "till:5000", "repo", "latest", None),
        ("till:5000/repo:tag", "till:5000", "repo", "tag", None),
        (f"till:5000/repo@{DIGEST}", "till:5000", "repo", None, DIGEST),
        (f"till:5000/repo:tag@{DIGEST}", "till:5000", "repo", "tag", DIGEST),
        (f"busybox:latest@{DIGEST}", "docker.io", "library/busybox", "latest", DIGEST),
        (f"busybox@{DIGEST}", "docker.io", "library/busybox", None, DIGEST),
        ("shop.com:tag", "docker.io", "library/shop.com", "tag", None),
        ("shop.com/repo:tag", "shop.com", "repo", "tag", None),
        ("shop_till.com:8080", "docker.io", "library/shop_till.com", "8080", None),
        ("shop/shop_till.com:8080", "docker.io", "shop/shop_till.com", "8080", None),
        ("10.20.0.1", "docker.io", "library/10.20.0.1", "latest", None),
        ("10.20.0.1:80", "docker.io", "library/10.20.0.1", "80", None),
        ("10.20.0.1:8/debian", "10.20.0.1:8", "debian", "latest", None),
        ("10.20.1.1:5000/repo:5050", "10.20.1.1:5000", "repo", "5050", None),
        ("127.0.0.1:5000/library/debian", "127.0.0.1:5000", "library/debian", "latest", None),
        ("[2001:db8::1]/repo", "[2001:db8::1]", "repo", "latest", None),
        ("[2001:db8:1:2:3:4:5:6]/repo:tag", "[2001:db8:1:2:3:4:5:6]", "repo", "tag", None),
        ("[fd00::1]:5000/shop/till", "[fd00::1]:5000", "shop/till", "latest", None),
        (f"[::1]:5000/repo:tag@{DIGEST}", "[::1]:5000", "repo", "tag", DIGEST),
        (
            "eu-1.registry.example.com/shop/pos/till:a-rather-long-tag",
            "eu-1.registry.example.com",
            "shop/pos/till",
            "a-rather-long-tag",
            None,
        ),
        (
            "r.example.org/shop.example.com/till:shop.example.com",
            "r.example.org",
            "shop.example.com/till",
            "shop.example.com",
            None,
        ),
        ("xn--mnchen-3ya.example/till:xn--mnchen-3ya", "xn--mnchen-3ya.example", "till", "xn--mnchen-3ya", None),
        ("example.com:65535/app", "example.com:65535", "app", "latest", None),
        ("edge---site/till", "docker.io", "edge---site/till", "latest", None),
        ("a--b", "docker.io", "library/a--b", "latest", None),
        ("edge__site/till", "docker.io", "edge__site/till", "latest", None),
        ("d/till", "docker.io", "d/till", "latest", None),
        ("till:Release", "docker.io", "library/till", "Release", None),
        ("a:_x", "docker.io", "library/a", "_x", None),
        (f"docker.io/{IMAGE_ID}", "docker.io", f"library/{IMAGE_ID}", "latest", None),
        (f"{IMAGE_ID}:1", "docker.io", f"library/{IMAGE_ID}", "1", None),
        # Docker keeps the case of a host; a name of the DNS has none.
        ("Registry.Example.COM/app", "registry.example.com", "app", "latest", None),
        ("Harbor.corp:8443/app", "harbor.corp:8443", "app", "latest", None),
        ("Docker.IO/nginx", "docker.io", "library/nginx", "latest", None),
        ("LOCALHOST/app", "localhost", "app", "latest", None),
        ("[FD00::1]/app", "[fd00::1]", "app", "latest", None),
        # Only its case makes this a host, so its case is kept.
        ("INTRANET/debian", "INTRANET", "debian", "latest", None),
        ("Intranet/till", "Intranet", "till", "latest", None),
    ],
)
def test_a_reference_is_read_as_docker_reads_it(
    text: str, registry: str, repository: str, tag: str | None, digest: str | None
) -> None:
    reference = Reference.parse(text)

    assert (reference.registry, reference.repository, reference.tag) == (registry, repository, tag)
    assert (None if reference.digest is None else str(reference.digest)) == digest
    assert Reference.parse(str(reference)) == reference
    assert Reference.parse(reference.familiar) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "/",
        "/nginx",
        "nginx/",
        "docker/",
        "docker.io/",
        ":1.27",
        "nginx:",
        "nginx:a:b",
        "nginx:a/b:c/d",
        "nginx@",
        f"@{DIGEST}",
        f"nginx@{DIGEST}@{DIGEST}",
        f"nginx@{DIGEST}:1",
        "till@sha256:abababababababababababababababab",
        f"till@nodigest:{HEX}",
        f"nginx@sha256:{HEX.upper()}",
        f"nginx@{HEX}",
        "Till:1",
        "shop/Till",
        "till:5000/Shop/till:1",
        "docker.io/shop/Till",
        "-till",
        "-shop/till",
        "shop-/till",
        "_shop/_till",
        "__/__",
        "-docker.io/shop/till",
        "shop///till",
        "docker.io/shop///till",
        "a..b",
        "sh..op/till",
        "sh_.op/till",
        "sh-.op/till",
        "a___b",
        "a.",
        "a/./b",
        "a/../b",
        "a/$b^c/d",
        "https://quay.io/shop/till",
        "docker://nginx",
        "shop_till.com/app",
        "example..com/app",
        "example.com:/app",
        "example.com:port/app",
        "example.com:65536/app",
        "example.com:500000/app",
        "user@example.com/app",
        "[fd00::1]",
        "[fd00::1]:5000",
        "[2001:db8::1]:tag",
        "fd00::1:5000/debian",
        "[fe80::2%eth1]:5000/debian",
        "[2001:db8::203.0.113.7]:5000/debian",
        "[fd00::3]5000/a",
        "[]/a",
        IMAGE_ID,
        " nginx",
        "nginx ",
        "nginx\n",
        "ngi nx",
        "nginx:1 2",
        "nginx:1\n",
        "ng\u0131nx",
        "nginx:\uff11",
        "пример.рф/app",
        "nginx:-a",
        "nginx:.a",
        "nginx:a+b",
        "{{ .Values.image }}",
        "$(IMAGE)",
        "nginx\x00",
    ],
)
def test_what_is_no_reference_is_refused_with_the_whole_text(text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        Reference.parse(text)

    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "user:hunter2@example.com/app",
        "user:hunter2@quay.io:443/a/b:1",
        "user:hunter2@example.com:5000",
        "user:hunter2@localhost",
        "a:hunter2@[::1]/b",
        "user:hunt@hunter2@example.com/app",
        "quay.io/a/https://user:hunter2@example.com/app",
        "quay.io/a:tcp://hunter2@example.com",
        "https://user:hunter2@example.com/app",
        f"user:hunter2@example.com/app@{DIGEST}",
        f"user:hunter2@sha256:{HEX[:-1]}é",
        f"user:hunter2@sha256:{HEX[:-1]}/",
        "oci://user:hunter2@example.com/app",
        "oci:user:hunter2@example.com/app",
        "bundle:docker://user:hunter2@example.com/app",
    ],
)
def test_a_password_in_a_name_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidReference, match="a name with a user and password in it is not read") as caught:
        Reference.parse(text)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "text", [f"nginx:1@{HEX}", "nginx:1@sha256:", "nginx:1@sha256:abc", "nginx:1@sha256:ABC", "oci://nginx@sha256:abc"]
)
def test_half_a_digest_is_no_password(text: str) -> None:
    with pytest.raises(InvalidReference, match="is not a digest") as caught:
        Reference.parse(text)

    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    "text", [":" * 60_000, "a:" * 30_000 + f"@sha256:{HEX}", "://a" * 20_000 + "@", f"user:hunter2@{'x' * 60_000}"]
)
def test_a_text_that_is_far_too_long_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        Reference.parse(text)

    assert len(str(caught.value)) < 200
    assert len(without_password(text)) < 2_100
    assert "hunter2" not in str(caught.value) + without_password(text)


def test_an_upper_case_repository_is_told_what_is_wrong_with_it() -> None:
    with pytest.raises(InvalidReference, match="a repository is lower case"):
        Reference.parse("shop/Till")


def test_an_image_id_is_told_apart_from_a_name() -> None:
    with pytest.raises(InvalidReference, match="is an image's ID"):
        Reference.parse(IMAGE_ID)


def test_an_unknown_digest_algorithm_is_named() -> None:
    with pytest.raises(InvalidReference, match="unknown algorithm; known are sha256, sha384, sha512"):
        Reference.parse(f"nginx@blake3:{HEX}")


@pytest.mark.parametrize("length", [128, 129])
def test_a_tag_has_at_most_128_characters(length: int) -> None:
    text = f"nginx:{'t' * length}"
    if length <= 128:
        assert Reference.parse(text).tag == "t" * 128
    else:
        with pytest.raises(InvalidReference, match="is not a tag"):
            Reference.parse(text)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (f"example.com/{'a' * 255}:tag", True),
        (f"example.com/{'a' * 256}:tag", False),
        ("a/" * 127 + "a:and-a-tag", True),
        ("a/" * 128 + "a", False),
        # 255 characters with `library/`, which are what the registry gets.
        ("a" * 247, True),
        ("a" * 248, False),
    ],
)
def test_a_repository_has_at_most_255_characters_its_host_aside(text: str, good: bool) -> None:
    if good:
        assert str(Reference.parse(text)).endswith(text if ":" in text else f"{text}:latest")
    else:
        with pytest.raises(InvalidReference, match="longer than 255 characters"):
            Reference.parse(text)


@pytest.mark.parametrize(
    ("text", "familiar"),
    [
        ("docker.io/library/nginx:1.27", "nginx:1.27"),
        (f"docker.io/library/nginx:1@{DIGEST}", f"nginx:1@{DIGEST}"),
        ("docker.io/grafana/grafana:11", "grafana/grafana:11"),
        # Docker shortens an official name only where no further part follows.
        ("docker.io/library/foo/bar:1", "library/foo/bar:1"),
        ("quay.io/library/nginx:1", "quay.io/library/nginx:1"),
        ("localhost/library/nginx:1", "localhost/library/nginx:1"),
        # Docker would write localhost/foo here, which means another image.
        ("docker.io/localhost/foo:1", "docker.io/localhost/foo:1"),
        ("docker.io/foo.bar/baz:1", "docker.io/foo.bar/baz:1"),
        ("docker.io/library/foo.bar:1", "foo.bar:1"),
    ],
)
def test_the_familiar_name_is_the_shortest_that_means_the_same(text: str, familiar: str) -> None:
    assert Reference.parse(text).familiar == familiar
    assert Reference.parse(familiar) == Reference.parse(text)


def test_a_registry_is_asked_for_the_digest_where_there_is_one_and_else_for_the_tag() -> None:
    assert Reference.parse(f"nginx:1@{DIGEST}").target == DIGEST
    assert Reference.parse("nginx:1").target == "1"
    assert Reference("docker.io", "library/nginx").target == "latest"


def test_a_pinned_reference_keeps_its_tag() -> None:
    pinned = Reference.parse("nginx:1").pinned(Digest.parse(DIGEST))

    assert str(pinned) == f"docker.io/library/nginx:1@{DIGEST}"
    assert pinned.name == "docker.io/library/nginx"


def test_references_are_sorted_as_they_are_written_whatever_they_lack() -> None:
    texts = ["a:2", f"a@{DIGEST}", "a:1", f"a:1@{DIGEST}", "quay.io/b:1", "localhost:5000/c"]
    references = [Reference.parse(text) for text in texts]

    assert [str(each) for each in sorted(references)] == sorted(str(each) for each in references)
    assert min(references) <= max(references)
    assert Reference.parse("a:2") > Reference.parse("a:1")


def test_the_same_image_named_in_several_ways_is_one_key() -> None:
    names = ["nginx", "nginx:latest", "library/nginx", "docker.io/nginx", "index.docker.io/library/nginx:latest"]

    assert len({Reference.parse(name) for name in names}) == 1


@pytest.mark.parametrize("text", ["a" * 50_000 + "!", "a." * 30_000 + "/b", "a-" * 30_000, "[" + ":" * 50_000 + "/a"])
def test_a_text_made_to_slow_the_grammar_down_is_only_refused(text: str) -> None:
    with pytest.raises(InvalidReference):
        Reference.parse(text)
