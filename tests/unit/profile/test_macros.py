from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    system={"cluster.name": "shop-7"},
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
        ("a:{{.spectro.var.Empty}}", "a:"),
        ("{{.spectro.system.cluster.name}}", "shop-7"),
        ("{{ substr 0 4 .spectro.system.kubernetes.version }}", "1.30"),
        ("{{ .spectro.var.Tag | b64enc }}", "MS4yNw=="),
        ('{{ .spectro.var.Nobody | default "1.0" }}', "1.0"),
        ('{{ .spectro.var.Nobody | upper | default "x" }}', "x"),
        ('{{ .spectro.pack.byoi.absent | default "1.19.0"}}', "1.19.0"),
        ("{{ default .spectro.var.Tag .spectro.var.Empty }}", "1.27"),
        ("{{ .spectro.var.Nobody | default `raw` }}", "raw"),
        ('{{ printf "%s-%s" .spectro.var.Tag (.spectro.var.Twice | upper) }}', "1.27-1.27-X"),
        ('{{ (split "." .spectro.system.kubernetes.version)._1 }}', "30"),
        ('{{ .spectro.system.kubernetes.version | splitList "." | last }}', "5"),
        ("{{ (semver .spectro.system.kubernetes.version).Minor }}", "30"),
        ("{{/* a word to the reader */}}nginx", "nginx"),
        ("a:\n  {{- .spectro.var.Tag -}}\n  b", "a:1.27b"),
        ("{{ .spectro.pack.byoi.options.system.uri }}/{{\n  .spectro.var.Tag }}", "spectro/ubuntu:k3s-1.29/1.27"),
        ("{{$.spectro.var.Tag}}", "1.27"),
    ],
)
def test_a_macro_is_filled_in_from_what_is_at_hand(text: str, filled: str) -> None:
    assert expand(text, SCOPE) == (filled, "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "{{.spectro.var.Nobody}}",
            "the variable Nobody has no value: set it under `variables` in the site file or with --set-var Nobody=VALUE",
        ),
        ("{{.spectro.var.Loop}}", "the variable Loop refers to itself"),
        ("{{.spectro.pack.byoi.self}}", "the pack byoi refers to itself"),
        ("{{.spectro.pack.byoi.options}}", "the pack byoi has no value at options"),
        ("{{.spectro.pack.byoi.options.list.7}}", "the pack byoi has no value at options.list.7"),
        ("{{.spectro.pack.byoi.options.list.x}}", "no value"),
        ("{{.spectro.pack.byoi.options.system.uri.more}}", "no value"),
        ("{{.spectro.pack.absent.key}}", "no pack absent is among what was handed over"),
        ("{{.spectro.system.project.name}}", ".spectro.system.project.name is known only to a running cluster"),
        ("{{ .Values.image }}", ".Values.image is not a macro of Palette"),
        ("{{.spectro.system.cluster.uid}}", "`cluster.uid: VALUE`, or with --set-var system.cluster.uid=VALUE"),
        ("{{.spectro.system.cluster.nam}}", "did you mean cluster.name?"),
        (
            "{{.spectro.macro.Mirror}}",
            "the macro Mirror is kept in Palette, not in the profile: give it as macro.Mirror",
        ),
        ("{{ .spectro.var.Tag | genCA }}", "the function genCA is not known here"),
        ("{{ if .spectro.var.Tag }}a{{ end }}", "the function if is not known here"),
        ("{{ .spectro.var.Tag | substr `a` 4 }}", "the function substr wants a number, and here is another value"),
        ("{{ .spectro.var.Tag | trunc }}", "the function trunc takes 2 values, and 1 are given"),
        ("{{ .spectro.var.Tag | repeat 9999 }}", "makes more than 10,000 characters"),
        ('{{ .spectro.system.cluster.uid | default "x" }}', "known only to a running cluster"),
        ('{{ .spectro.pack.absent.key | default "x" }}', "no pack absent is among what was handed over"),
        ('{{ .spectro.var.Password | default "x" }}', "sensitive"),
        ("{{ .spectro.var.Tag .spectro.var.Tag }}", ".spectro.var.Tag is no function"),
        ("{{ (.spectro.var.Tag }}", "a bracket is not closed"),
        ("{{ .spectro.var.Tag) }}", "a bracket closes nothing"),
        ("{{ .spectro.var.Tag | }}", "nothing follows a bar"),
        ('{{ "open }}', "a text in a macro is not closed"),
        ('{{ splitList "." .spectro.var.Tag }}', "it makes a list"),
        ("{{ " + "(" * 40 + " }}", "more than 16 brackets"),
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
    text = "{{.spectro.pack.byoi." + ".".join(["a"] * 4000) + "}}"
    assert "no value" in expand(text, SCOPE).problem


def test_a_macro_of_the_tenant_is_filled_in_from_a_variable_of_that_name() -> None:
    assert expand("{{.spectro.macro.Mirror}}/a:1", Scope({"macro.Mirror": "m.corp"})).text == "m.corp/a:1"


def test_what_the_caller_tells_of_the_cluster_wins_over_the_pack_of_the_layer_k8s() -> None:
    scope = Scope(kubernetes="1.30.5", system={"kubernetes.version": "1.31.0"})
    assert expand("{{.spectro.system.kubernetes.version}}", scope).text == "1.31.0"


def test_macros_that_refer_to_thousands_of_others_and_make_nothing_are_refused() -> None:
    scope = Scope({"A": "{{.spectro.var.B}}" * 200, "B": "{{.spectro.var.C}}" * 200, "C": ""})
    assert "more than 1,000 others" in expand("{{.spectro.var.A}}", scope).problem


def test_a_text_full_of_braces_is_refused_at_once() -> None:
    assert expand("{{" * 1_000_000, Scope()).problem == "a text with macros has more than 10,000 characters"
    assert expand("{{" * 4_000, Scope()).problem == "a macro is not closed or holds another"


@given(st.text(alphabet='{}|()"`-. abspectro:019\n\\', max_size=60))
def test_whatever_a_text_holds_it_is_filled_in_or_told_why_not(text: str) -> None:
    expanded = expand(f"{{{{{text}}}}}", SCOPE)
    assert (expanded.text is None) == bool(expanded.problem)


@given(st.dictionaries(st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True), st.text(max_size=20), min_size=1))
def test_a_variable_stands_for_its_value_whatever_stands_around_it(variables: dict[str, str]) -> None:
    plain = {name: value.replace("{{", "") for name, value in variables.items()}
    text = "<" + "><".join(f"{{{{ .spectro.var.{name} }}}}" for name in plain) + ">"
    assert expand(text, Scope(plain)).text == "<" + "><".join(plain.values()) + ">"
