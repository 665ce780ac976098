from __future__ import annotations

import pytest

from regplan.oci.reference import Reference
from regplan.profile.variants import architecture_of, is_windows, kernel_family, kernel_variants


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ghcr.io/prometheus-community/windows-exporter:0.23.1", True),
        ("appd/collector:23.8.0-windows-amd64-nanoserver-ltsc2019", True),
        ("a/b:servercore", True),
        ("a/b:ltsc2022", True),
        ("a/windowsill:1", False),
        ("windows.example/a/b:1", False),
        ("a/b:1", False),
    ],
)
def test_windows_is_told_by_the_tag_or_the_last_part_of_the_repository(text: str, expected: bool) -> None:
    assert is_windows(Reference.parse(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b:1-amd64", "amd64"),
        ("a/b:1-x86_64", "amd64"),
        ("a/b:latest-arm64", "arm64"),
        ("a/b:1-aarch64", "arm64"),
        ("a/b:1-arm64v8", "arm64"),
        ("a/b-arm32v7:1", "arm"),
        ("a/stylus-linux-amd64:v1", "amd64"),
        ("a/b-amd64:1-arm64", "arm64"),
        ("a/b:1-amd64-arm64", None),
        ("a/b:1-ppc64le", "ppc64le"),
        ("amd64/debian:12", None),
        ("a/charmd64:1", None),
        ("a/b@sha256:" + "a" * 64, None),
    ],
)
def test_an_architecture_is_told_by_the_tag_and_else_by_the_repository(text: str, expected: str | None) -> None:
    assert architecture_of(Reference.parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("q.io/x/drbd9-jammy:v9.2", "q.io/x/drbd9:v9.2"),
        ("q.io/x/drbd9-almalinux10:v9.2", "q.io/x/drbd9:v9.2"),
        ("nvcr.io/x/doca-driver:doca3.3.0-0-ubuntu22.04-amd64", "nvcr.io/x/doca-driver:doca3.3.0-0-amd64"),
        ("nvcr.io/nvidia/driver:550-rhel8.10", "nvcr.io/nvidia/driver:550"),
        ("q.io/x/drbd-reactor:v1", ""),
        ("postgres:17-bookworm", ""),
        ("gcr.io/distroless/java17-debian12:latest", ""),
    ],
)
def test_a_kernel_modules_image_is_called_without_its_distribution(text: str, family: str) -> None:
    assert kernel_family(Reference.parse(text)) == family


def test_one_build_alone_is_no_variant_and_another_version_is_another_family() -> None:
    told = [Reference.parse(f"q.io/x/drbd9-{name}") for name in ("jammy:v1", "noble:v1", "focal:v2")]
    assert dict(kernel_variants(told)) == {"q.io/x/drbd9:v1": tuple(told[:2])}
