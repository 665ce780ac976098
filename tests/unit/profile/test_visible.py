from __future__ import annotations

import pytest

from regplan.profile.tree import parse_documents
from regplan.profile.visible import visible_images


def seen(text: str) -> list[tuple[str, str | None]]:
    return [tuple(each) for each in visible_images(parse_documents(text)[0])]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "images"),
    [
        ("image: a/b:1", [("image", "a/b:1")]),
        ("charts: {web: {sidecarImage: 'redis:7 '}}", [("charts.web.sidecarImage", "redis:7")]),
        ("list: [{image: a/b}]", [("list[0].image", "a/b")]),
        ("image: {repository: a/b, tag: 1.0}", [("image", "a/b:1.0")]),
        ("image: {registry: quay.io, repository: a/b, tag: 1.0}", [("image", "quay.io/a/b:1.0")]),
        ("image: {registry: quay.io, repository: quay.io/a/b, tag: 1.0}", [("image", "quay.io/a/b:1.0")]),
        ("image: {repository: a, digest: 'sha256:00'}", [("image", "a@sha256:00")]),
        ("manifests: {m: {images: {web: ghcr.io/a/b:1, x: word}}}", [("manifests.m.images.web", "ghcr.io/a/b:1")]),
        ("images: {web: {repository: a/b, tag: '2'}}", [("images.web", "a/b:2")]),
        ("image: 'a/b:{{.spectro.var.T}}'", [("image", "a/b:{{.spectro.var.T}}")]),
        ("image: {repository: a/b, tag: '{{ .spectro.var.T }}'}", [("image", "a/b:{{ .spectro.var.T }}")]),
    ],
)
def test_an_image_that_values_name_in_full_is_told(values: str, images: list[tuple[str, str]]) -> None:
    assert seen(values) == images


@pytest.mark.parametrize(
    "values",
    [
        "image: {repository: a/b, tag: ''}",
        "image: {repository: a/b, pullPolicy: Always}",
        "image: {repository: 'a/{{ .Values.b }}', tag: 1}",
    ],
)
def test_an_image_that_cannot_be_put_together_is_told_without_a_text(values: str) -> None:
    assert seen(values) == [("image", None)]


@pytest.mark.parametrize(
    "values",
    [
        "image: nginx",
        "image: {repository: https://charts.corp/x, tag: 1}",
        "image: {repository: '', tag: 1}",
        "web: {enabled: false, image: a/b:1}",
        "web: {imagePullPolicy: Always, imagePullSecrets: [x]}",
        "image: '{{ .Values.image }}'",
        "source: {repository: a/b}",
    ],
)
def test_what_only_looks_like_an_image_is_passed_over(values: str) -> None:
    assert seen(values) == []
