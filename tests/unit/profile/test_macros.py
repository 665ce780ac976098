from __future__ import annotations

import pytest

from regplan.profile.composer import Map
from regplan.profile.macros import Scope, expand
from regplan.profile.tree import parse_documents


def tree(text: str) -> Map:
    (document,) = parse_documents(text)
    assert isinstance(document, Map)
    return document


BYOI = tree("options: {system.uri: 'spectro/ubuntu:k3s-1.29', list: [a, {b: c}]}\nself: '{{.spectro.pack.byoi.self}}'")
SCOPE = Scope(
    variables={"Tag": "1.27", "Twice": "{{.spectro.var.Tag}}-x", "Loop": "{{.spectro.var.Loop}}", "Empty": ""},
    sensitive=frozenset({"Password"}),
    packs={
        "byoi": BYOI,
        "byoi-extra": tree("options: {a: extra}"),
        "harbor": tree("charts: {harbor: {harborAdminPassword: hunter2}}\nby: '{{.spectro.var.Tag}}'"),
    },
    own=BYOI,
    kubernetes="1.30.5",
)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("nginx:1.27", "nginx:1.27"),
        ("nginx:{{.spectro.var.Tag}}", "nginx:1.27"),
        ("a/{{ .spectro.var.Tag }}/{{- .spectro.var.Tag -}}", "a/1.27/1.27"),
        ("{{.spectro.var.Twice}}", "1.27-x"),
        ("{{.spectro.pack.byoi.options.system.uri}}", "spectro/ubuntu:k3s-1.29"),
        ("{{.spectro.pack.byoi.options.list.0}}", "a"),
        ("{{.spectro.pack.byoi.options.list.1.b}}", "c"),
        ("{{.spectro.pack.byoi-extra.options.a}}", "extra"),
        ("{{.spectro.pack.harbor.by}}", "1.27"),
        ("v{{ .spectro.system.kubernetes.version | substr 0 4 }}", "v1.30"),
        ("{{ .spectro.var.Tag | substr 2 -1 }}", "27"),
        ("{{ .spectro.var.Twice | upper | trim | lower }}", "1.27-x"),
    ],
)
def test_a_macro_is_filled_in_from_what_is_at_hand(text: str, filled: str) -> None:
    assert expand(text, SCOPE) == (filled, "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{.spectro.var.Nobody}}", "the variable Nobody has no value: set it under `variables` in the site file"),
        ("{{.spectro.var.Empty}}", "the variable Empty has no value"),
        ("{{.spectro.var.Loop}}", "the variable Loop refers to itself"),
        ("{{.spectro.pack.byoi.self}}", "the pack byoi refers to itself"),
        ("{{.spectro.pack.byoi.options}}", "the pack byoi has no value at options"),
        ("{{.spectro.pack.byoi.options.list.7}}", "the pack byoi has no value at options.list.7"),
        ("{{.spectro.pack.byoi.options.list.x}}", "no value"),
        ("{{.spectro.pack.byoi.options.system.uri.more}}", "no value"),
        ("{{.spectro.pack.absent.key}}", "no pack absent is among what was handed over"),
        ("{{.spectro.system.cluster.name}}", ".spectro.system.cluster.name is known only to a running cluster"),
        ("{{ .Values.image }}", ".Values.image is not a macro of Palette"),
        ("{{ .spectro.var.Tag | b64enc }}", "the function b64enc is not known here"),
        ("{{ .spectro.var.Tag | substr a b }}", "the function substr is not known here"),
        ("{{ }}", "an empty macro"),
        ("{{ | lower }}", "an empty macro"),
        ("{{ .spectro.var.Tag", "a macro is not closed"),
    ],
)
def test_what_cannot_be_filled_in_is_said_and_never_guessed(text: str, problem: str) -> None:
    expanded = expand(text, SCOPE)
    assert expanded.text is None
    assert problem in expanded.problem


def test_the_kubernetes_version_is_unknown_without_a_k8s_pack() -> None:
    assert "no pack of the layer k8s" in expand("{{.spectro.system.kubernetes.version}}", Scope()).problem


def test_a_sensitive_variable_is_not_filled_in_whoever_gives_its_value() -> None:
    scope = Scope({"Password": "hunter2"}, frozenset({"Password"}))
    expanded = expand("a:{{.spectro.var.Password}}", scope)
    assert expanded.text is None
    assert "sensitive" in expanded.problem
    assert "hunter2" not in f"{expanded} {scope!r}"


def test_a_secret_in_a_packs_values_is_not_filled_in() -> None:
    expanded = expand("a:{{.spectro.pack.harbor.charts.harbor.harborAdminPassword}}", SCOPE)
    assert expanded.text is None
    assert "is a secret" in expanded.problem
    assert "hunter2" not in f"{expanded} {SCOPE!r}"


def test_a_values_file_that_names_no_pack_is_asked_for_any_pack_that_is_not_there() -> None:
    assert expand("{{.spectro.pack.mine.options.system.uri}}", Scope(own=BYOI)).text == "spectro/ubuntu:k3s-1.29"


def test_macros_that_multiply_are_refused() -> None:
    scope = Scope({"A": "{{.spectro.var.B}}" * 200, "B": "{{.spectro.var.C}}" * 200, "C": "x" * 100})
    assert "characters" in expand("{{.spectro.var.A}}", scope).problem


def test_a_path_of_endless_keys_is_followed_no_further_than_sixteen() -> None:
    text = "{{.spectro.pack.byoi." + ".".join(["a"] * 5000) + "}}"
    assert "no value" in expand(text, SCOPE).problem
