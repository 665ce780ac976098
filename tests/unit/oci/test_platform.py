"""The cases of containerd's own tests of `Normalize` and `Only`; regplan writes arm/v7 in full, as containerd's index does."""

from __future__ import annotations

import pytest

from regplan.errors import InputError
from regplan.oci.platform import Platform


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("linux/amd64", "linux/amd64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/amd64/v2", "linux/amd64/v2"),
        ("Linux/x86_64", "linux/amd64"),
        ("linux/x86-64", "linux/amd64"),
        ("linux/arm64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/8", "linux/arm64"),
        ("linux/arm64/v8.0", "linux/arm64"),
        ("linux/arm64/v8.1", "linux/arm64/v8.1"),
        ("linux/arm64/9", "linux/arm64/v9"),
        ("linux/arm64/9.0", "linux/arm64/v9"),
        ("linux/arm64/v9.0", "linux/arm64/v9"),
        ("linux/AArch64", "linux/arm64"),
        ("linux/aarch64/v8", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/7", "linux/arm/v7"),
        ("linux/arm/v7", "linux/arm/v7"),
        ("linux/arm/6", "linux/arm/v6"),
        ("linux/arm/5", "linux/arm/v5"),
        ("linux/arm/8", "linux/arm/v8"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/armhf/v6", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        ("linux/armel/v7", "linux/arm/v6"),
        ("linux/i386", "linux/386"),
        ("linux/i386/sse2", "linux/386"),
        ("linux/386", "linux/386"),
        ("linux/ppc64le/power9", "linux/ppc64le/power9"),
        ("linux/riscv64/rva20u64", "linux/riscv64/rva20u64"),
        ("macOS/arm64", "darwin/arm64"),
        ("windows/amd64", "windows/amd64"),
        ("unknown/unknown", "unknown/unknown"),
        (" linux/amd64 ", "linux/amd64"),
    ],
)
def test_a_platform_s_names_are_made_one(text: str, normal: str) -> None:
    platform = Platform.parse(text)

    assert str(platform) == normal
    assert Platform.parse(normal) == platform
    assert Platform.of(platform.os, platform.architecture, platform.variant) == platform


@pytest.mark.parametrize(
    "text",
    ["", "linux", "linux/", "/amd64", "linux/amd64/v2/x", "linux//v2", "linux/*", "linux amd64", "linux/am d64", "l/ä"],
)
def test_what_is_no_platform_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(InputError, match="write OS/ARCHITECTURE, such as linux/amd64") as caught:
        Platform.parse(text)

    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("os", "architecture", "known"),
    [
        ("linux", "amd64", True),
        ("unknown", "unknown", False),
        ("", "", False),
        ("linux", "", False),
        ("", "amd64", False),
    ],
)
def test_a_platform_that_is_not_said_is_unknown(os: str, architecture: str, known: bool) -> None:
    platform = Platform.of(os, architecture)

    assert platform.is_known is known
    assert Platform.parse(str(platform)) == platform


@pytest.mark.parametrize(
    ("image", "wanted", "serves"),
    [
        ("linux/amd64/v1", "linux/amd64", True),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm", "linux/arm/v7", True),
        ("linux/amd64/v2", "linux/amd64", False),
        ("linux/amd64", "linux/amd64/v2", False),
        ("linux/386", "linux/amd64", False),
        ("windows/amd64", "linux/amd64", False),
    ],
)
def test_a_platform_serves_one_that_is_the_same_by_another_name(image: str, wanted: str, serves: bool) -> None:
    assert Platform.parse(image).serves(Platform.parse(wanted)) is serves


def test_a_version_of_windows_matters_only_where_one_is_asked_for() -> None:
    image = Platform.of("windows", "amd64", "", "10.0.17763.1")

    assert image.serves(Platform.of("windows", "amd64"))
    assert image.serves(Platform.of("windows", "amd64", "", "10.0.17763.1"))
    assert not image.serves(Platform.of("windows", "amd64", "", "10.0.20348.1"))


ARM = ["linux/arm/v5", "linux/arm/v6", "linux/arm/v7", "linux/arm/v8"]
OTHERS = ["windows/amd64", "windows/arm", "linux/s390x", "unknown/unknown", "linux/arm/v4"]


@pytest.mark.parametrize(
    ("host", "best_first", "never"),
    [
        ("linux/amd64", ["linux/amd64", "linux/386"], ["linux/amd64/v2", "linux/arm64", *ARM]),
        (
            "linux/amd64/v3",
            ["linux/amd64/v3", "linux/amd64/v2", "linux/amd64/v1", "linux/386"],
            ["linux/amd64/v4", "linux/arm64", *ARM],
        ),
        ("linux/386", ["linux/386"], ["linux/amd64", *ARM]),
        ("linux/arm/v8", ARM[::-1], ["linux/arm64", "linux/amd64"]),
        ("linux/arm", ARM[2::-1], ["linux/arm/v8", "linux/arm64"]),
        ("linux/arm/v6", ["linux/arm/v6", "linux/arm/v5"], ["linux/arm/v7", "linux/arm/v8"]),
        ("linux/arm/v5", ["linux/arm/v5"], ["linux/arm/v6", "linux/arm/v7"]),
        (
            "linux/arm64",
            ["linux/arm64/v8", *ARM[::-1]],
            ["linux/arm64/v8.1", "linux/arm64/v9", "linux/arm/v9", "linux/amd64"],
        ),
        ("linux/arm64/v8.1", ["linux/arm64/v8.1", "linux/arm64", *ARM[::-1]], ["linux/arm64/v8.2", "linux/arm64/v9"]),
        (
            "linux/arm64/v9",
            ["linux/arm64/v9.0", *(f"linux/arm64/v8.{minor}" for minor in (5, 4, 3, 2, 1, 0)), *ARM[::-1]],
            ["linux/arm64/v8.6", "linux/arm64/v9.1", "linux/amd64"],
        ),
        (
            "linux/arm64/v9.6",
            [
                *(f"linux/arm64/v9.{minor}" for minor in (6, 5, 4, 3, 2, 1, 0)),
                *(f"linux/arm64/v8.{minor}" for minor in (9, 8, 7, 6, 5, 4, 3, 2, 1, 0)),
                *ARM[::-1],
            ],
            ["linux/arm64/v8.10", "linux/amd64"],
        ),
        ("linux/arm64/v7", ["linux/arm64/v7"], ["linux/arm64", *ARM]),
        ("linux/ppc64le/v8", ["linux/ppc64le/v8"], ["linux/ppc64le", "linux/arm64", *ARM]),
        ("linux/riscv64/rva20u64", ["linux/riscv64/rva20u64"], ["linux/riscv64", "linux/arm64"]),
        ("linux/amd64/custom", ["linux/amd64/custom", "linux/386"], ["linux/amd64", "linux/amd64/v2"]),
    ],
)
def test_a_host_is_given_the_best_of_what_it_runs_and_nothing_else(
    host: str, best_first: list[str], never: list[str]
) -> None:
    wanted = Platform.parse(host)
    good = [Platform.parse(text) for text in best_first]
    bad = [Platform.parse(text) for text in (*never, *OTHERS)]

    for place, best in enumerate(good):
        assert wanted.choose([*bad, *reversed(good[place:])]) == best
    assert wanted.choose(bad) is None


def test_of_equal_images_the_first_is_taken() -> None:
    old, new = (Platform.of("windows", "amd64", "", version) for version in ("10.0.17763.1", "10.0.20348.1"))

    assert Platform.parse("windows/amd64").choose([old, new]) == old
    assert new.choose([old, new]) == new


def test_a_platform_that_was_written_by_hand_chooses_like_its_normal_form() -> None:
    assert Platform("linux", "arm64", "v8").choose([Platform.parse("linux/arm64")]) == Platform.parse("linux/arm64")
