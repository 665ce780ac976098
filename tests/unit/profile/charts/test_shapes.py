"""The shapes in which public charts spell images, each read without helm and with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.model.profile import FoundBy
from regplan.profile.macros import Scope
from unit.profile.charts.made import chart, deployment, live, off, possible, uses

if TYPE_CHECKING:
    from regplan.profile.parts import Renderer

_PLAIN = '"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"'
_V = '"{{ .Values.image.repository }}:{{ .Values.image.tag | default (printf "v%s" .Chart.AppVersion) }}"'
_HELPERS = """
{{- define "web.image" -}}
{{- $registry := .image.registry -}}
{{- if .global -}}
  {{- if .global.imageRegistry -}}
    {{- $registry = .global.imageRegistry -}}
  {{- end -}}
{{- end -}}
{{- $tag := .image.tag | toString -}}
{{- if $registry -}}
  {{- printf "%s/%s:%s" $registry .image.repository $tag -}}
{{- else -}}
  {{- printf "%s:%s" .image.repository $tag -}}
{{- end -}}
{{- end -}}
"""
_HELPED = '{{ include "web.image" (dict "image" .Values.image "global" .Values.global) }}'
_BASE = """\
{{- if hasPrefix "/" .Values.image.nfs.repository }}
          image: "{{ .Values.image.baseRepo }}{{ .Values.image.nfs.repository }}:{{ .Values.image.nfs.tag }}"
{{- else }}
          image: "{{ .Values.image.nfs.repository }}:{{ .Values.image.nfs.tag }}"
{{- end }}
"""
_TRIPLE = "image: {registry: quay.io, repository: a/b, tag: '1'}"
_SPLIT = "{{ .Values.ofed.repository }}/{{ .Values.ofed.image }}:{{ .Values.ofed.version }}"


@pytest.mark.parametrize(
    ("image", "values", "over", "expected"),
    [
        pytest.param("quay.io/a/b:1", "", "", "quay.io/a/b:1", id="hard-coded"),
        pytest.param(_PLAIN, "image: {repository: a/b, tag: ''}", "", "docker.io/a/b:2.7.1", id="appVersion"),
        pytest.param(_V, "image: {repository: a/b, tag: ''}", "", "docker.io/a/b:v2.7.1", id="v before the appVersion"),
        pytest.param(_PLAIN, "image: {repository: a/b, tag: 3}", "", "docker.io/a/b:3", id="tag"),
        pytest.param(
            _PLAIN, "image: {repository: a/b, tag: 1.30}", "", "docker.io/a/b:1.3", id="a number loses its zero"
        ),
        pytest.param(
            _PLAIN, "image: {repository: a/b, tag: '1.30'}", "", "docker.io/a/b:1.30", id="a quoted tag does not"
        ),
        pytest.param(
            _PLAIN,
            "image: {repository: xpkg.upbound.io/a/b}",
            "image: {repository: xpkg.crossplane.io/a/b}",
            "xpkg.crossplane.io/a/b:2.7.1",
            id="the pack's host wins",
        ),
        pytest.param(_HELPED, _TRIPLE, "", "quay.io/a/b:1", id="registry, repository and tag"),
        pytest.param(
            _HELPED,
            _TRIPLE,
            "global: {imageRegistry: corp.example:5000}",
            "corp.example:5000/a/b:1",
            id="global registry",
        ),
        pytest.param(_HELPED, _TRIPLE, "image: {registry: ''}", "docker.io/a/b:1", id="a registry made empty"),
        pytest.param(_HELPED, _TRIPLE, "image: {registry: null}", "docker.io/a/b:1", id="null takes a key away"),
        pytest.param(
            _SPLIT, "ofed: {repository: nvcr.io/m, image: d, version: 24}", "", "nvcr.io/m/d:24", id="split name"
        ),
        pytest.param(
            "{{ tpl .Values.image . }}",
            "{image: '{{ .Values.global.registry }}/a:1', global: {registry: quay.io/x}}",
            "",
            "quay.io/x/a:1",
            id="a template in a value",
        ),
        pytest.param(
            "{{ .Values.image.name }}@{{ .Values.image.digest }}",
            f"image: {{name: a/b, digest: 'sha256:{'0' * 64}'}}",
            "",
            f"docker.io/a/b@sha256:{'0' * 64}",
            id="digest",
        ),
        pytest.param(
            '{{ join "/" (list .Values.hub "a:1") | quote }}', "hub: gcr.io/istio", "", "gcr.io/istio/a:1", id="join"
        ),
        pytest.param(
            '{{ .Values.image | replace "docker.io" "quay.io" | trimSuffix "-x" }}',
            "image: docker.io/a/b:1-x",
            "",
            "quay.io/a/b:1",
            id="functions of text",
        ),
        pytest.param(
            '{{ get .Values.images (ternary "new" "old" .Values.isNew) }}',
            "{images: {new: a/new:1, old: a/old:1}, isNew: false}",
            "",
            "docker.io/a/old:1",
            id="chosen by a value",
        ),
    ],
)
def test_an_image_is_told_as_helm_renders_it(
    renderer: Renderer | None, image: str, values: str, over: str, expected: str
) -> None:
    made = chart({"a.yaml": deployment(image), "_helpers.tpl": _HELPERS}, values)
    pack = f"charts:\n  web: {over if over.startswith('{') else '{' + over + '}'}\n" if over else ""
    assert live(uses(made, renderer, pack)) == {expected}


@pytest.mark.parametrize(
    ("repository", "expected"),
    [("/sig/nfs", "registry.k8s.io/sig/nfs:4"), ("gcr.io/sig/nfs", "gcr.io/sig/nfs:4")],
)
def test_a_base_above_is_joined_only_where_the_chart_joins_it(
    renderer: Renderer | None, repository: str, expected: str
) -> None:
    values = f"image: {{baseRepo: registry.k8s.io, nfs: {{repository: {repository}, tag: 4}}}}"
    text = deployment("x").replace("          image: x\n", _BASE)
    found = uses(chart(text, values), renderer)
    assert live(found) == {expected}
    assert off(found) == set()
    assert possible(found) == set()


def test_an_image_under_a_condition_that_holds_is_run(renderer: Renderer | None) -> None:
    text = "{{- if and .Values.a.enabled (not .Values.b) }}\n" + deployment("a/b:1") + "{{- end }}\n"
    assert live(uses(chart(text, "{a: {enabled: true}, b: false}"), renderer)) == {"docker.io/a/b:1"}


@pytest.mark.parametrize(
    ("condition", "values", "enabled_by"),
    [
        ("if .Values.hot.enabled", "hot: {enabled: false}", "charts.web.hot.enabled: true"),
        ("if .Values.hot.enabled", "", "charts.web.hot.enabled: true"),
        ("if not .Values.none", "none: true", "charts.web.none: false"),
        ("if and .Values.a .Values.b", "{a: false, b: false}", "charts.web.a: true and charts.web.b: true"),
        ("if or .Values.a .Values.b", "{a: false, b: false}", "charts.web.a: true"),
        ('if eq .Values.mode "ha"', "mode: one", "charts.web.mode: ha"),
        ('if ne .Values.mode "one"', "mode: one", "charts.web.mode"),
        ("if .Values.extra", "extra: ''", "charts.web.extra"),
        ("with .Values.extra", "extra: {}", "charts.web.extra"),
        ("if .Values.a | default false", "a: false", "charts.web.a: true"),
        ('if eq (.Values.a | toString) "true"', "a: false", "charts.web.a: true"),
        ("if gt (len .Values.items) 0", "items: []", "charts.web.items"),
        ("range .Values.items", "items: []", "charts.web.items"),
        ('if hasKey .Values.map "x"', "map: {}", "charts.web.map.x"),
        ("if empty .Values.full", "full: yes", "charts.web.full: false"),
        ('if eq (include "on" .) "true"', "hot: {enabled: false}", "charts.web.hot.enabled"),
    ],
)
def test_an_image_under_a_condition_that_is_false_is_off_and_says_what_enables_it(
    renderer: Renderer | None, condition: str, values: str, enabled_by: str
) -> None:
    text = deployment("a/b:1") + f"{{{{- {condition} }}}}\n---\n{deployment('a/c:1', 'c')}{{{{- end }}}}\n"
    helper = '{{- define "on" -}}{{ .Values.hot.enabled | toString }}{{- end -}}'
    found = uses(chart({"a.yaml": text, "_on.tpl": helper}, values), renderer)
    assert live(found) == {"docker.io/a/b:1"}
    assert off(found) == {("docker.io/a/c:1", enabled_by)}


def test_the_branch_of_a_switch_that_is_not_taken_is_off(renderer: Renderer | None) -> None:
    image = "{{ if .Values.ubi.enabled }}a/ubi:1{{ else }}a/plain:1{{ end }}"
    found = uses(chart(deployment(image), "ubi: {enabled: false}"), renderer)
    assert live(found) == {"docker.io/a/plain:1"}
    assert off(found) == {("docker.io/a/ubi:1", "charts.web.ubi.enabled: true")}


def test_an_else_needs_what_came_before_it_to_be_off(renderer: Renderer | None) -> None:
    text = (
        "{{- if .Values.one }}\n" + deployment("a/one:1") + "{{- else if .Values.two }}\n" + deployment("a/two:1")
        + "{{- else }}\n" + deployment("a/three:1") + "{{- end }}\n"
    )  # fmt: skip
    found = uses(chart(text, "{one: true, two: false}"), renderer)
    assert live(found) == {"docker.io/a/one:1"}
    assert off(found) == {
        ("docker.io/a/two:1", "charts.web.one: false and charts.web.two: true"),
        ("docker.io/a/three:1", "charts.web.one: false"),
    }


def test_conditions_in_conditions_are_joined(renderer: Renderer | None) -> None:
    text = "{{- if .Values.a }}{{- if .Values.b }}\n" + deployment("a/b:1") + "{{- end }}{{- end }}\n"
    found = uses(chart(text, "{a: false, b: false}"), renderer)
    assert off(found) == {("docker.io/a/b:1", "charts.web.a: true and charts.web.b: true")}


def test_a_test_of_helm_is_never_run_at_a_site(renderer: Renderer | None) -> None:
    pod = (
        'apiVersion: v1\nkind: Pod\nmetadata:\n  name: t\n  annotations:\n    {{- include "hook" . | nindent 4 }}\n'
        "spec:\n  containers:\n    - name: t\n      image: busybox:1.36\n"
    )  # fmt: skip
    helper = '{{- define "hook" -}}\n"helm.sh/hook": test\n{{- end -}}'
    found = uses(chart({"tests/t.yaml": pod, "_h.tpl": helper}), renderer)
    assert live(found) == set()
    assert off(found) == {("docker.io/library/busybox:1.36", "helm test")}


def test_containers_that_values_hold_are_run(renderer: Renderer | None) -> None:
    text = deployment("a/b:1") + (
        "{{- with .Values.sidecars }}\n{{- toYaml . | nindent 8 }}\n{{- end }}\n"
        "      initContainers:\n{{- range $name, $each := .Values.init }}\n"
        "        - name: {{ $name }}\n          image: {{ $each.image }}\n{{- end }}\n"
    )
    values = "{sidecars: [{name: s, image: 'a/side:1'}], init: {one: {image: 'a/one:1'}, two: {image: 'a/two:1'}}}"
    assert live(uses(chart(text, values), renderer)) == {
        f"docker.io/a/{name}:1" for name in ("b", "side", "one", "two")
    }


def test_a_pod_that_a_named_template_writes_is_found(renderer: Renderer | None) -> None:
    helper = '{{- define "pod" -}}\ncontainers:\n  - name: p\n    image: {{ .Values.image }}\n{{- end -}}'
    text = deployment("x").partition("      containers:")[0] + '      {{- include "pod" . | nindent 6 }}\n'
    assert live(uses(chart({"a.yaml": text, "_pod.tpl": helper}, "image: a/b:1"), renderer)) == {"docker.io/a/b:1"}


def test_a_loop_leaves_out_what_it_skips(renderer: Renderer | None) -> None:
    text = (
        '{{- range $each := list "one" "two" }}{{- if eq $each "two" }}{{- continue }}{{- end }}\n---\n'
        + deployment("a/{{ $each }}:1", "{{ $each }}") + "{{- end }}\n"
    )  # fmt: skip
    assert live(uses(chart(text), renderer)) == {"docker.io/a/one:1"}


def test_a_chart_that_changes_values_as_it_goes_is_followed(renderer: Renderer | None) -> None:
    text = '{{- $_ := set .Values "image" "a/set:1" }}\n' + deployment("{{ .Values.image }}")
    assert live(uses(chart(text, "image: a/b:1"), renderer)) == {"docker.io/a/set:1"}


def test_objects_beside_the_definitions_of_a_chart_are_applied_too(renderer: Renderer | None) -> None:
    made = chart({}, **{"crds/all.yaml": deployment("a/b:1")})
    assert live(uses(made, renderer)) == {"docker.io/a/b:1"}


def test_what_an_operator_is_told_of_is_possible(renderer: Renderer | None) -> None:
    more = (
        "          args: ['--engine-image={{ .Values.engine }}']\n"
        "          env:\n            - name: RELATED_IMAGE_A\n              value: quay.io/a/related:1\n"
    )
    found = uses(chart(deployment("a/b:1", more=more.replace("['", "\n            - '").replace("']", "'"))), renderer)
    assert live(found) == {"docker.io/a/b:1"}
    assert "quay.io/a/related:1" in possible(found)


def test_a_custom_object_names_images_that_are_possible(renderer: Renderer | None) -> None:
    text = (
        "apiVersion: mellanox.com/v1\nkind: NicClusterPolicy\nmetadata: {name: n}\nspec:\n  ofedDriver:\n"
        "    image: {{ .Values.ofed.image }}\n    repository: {{ .Values.ofed.repository }}\n"
        "    version: {{ .Values.ofed.version }}\n"
    )
    found = uses(
        chart(text, "ofed: {image: doca-driver, repository: nvcr.io/nvidia/mellanox, version: 'v24'}"), renderer
    )
    assert live(found) == set()
    assert possible(found) == {"nvcr.io/nvidia/mellanox/doca-driver:v24"}


def test_a_custom_object_that_is_off_says_what_enables_it_and_makes_up_no_tag(renderer: Renderer | None) -> None:
    text = (
        "{{- if .Values.csm.enabled }}\napiVersion: storage.example/v1\nkind: Csm\nmetadata: {name: n}\nspec:\n"
        '  driver:\n    image: "a/{{ if eq .Values.v "one" }}one:1{{ else if eq .Values.v "two" }}two:2{{ end }}"\n{{- end }}\n'
    )
    found = uses(chart(text, "{csm: {enabled: false}, v: two}"), renderer)
    assert off(found) == {("docker.io/a/two:2", "charts.web.csm.enabled: true")}


def test_lines_are_those_of_the_template_that_the_pack_holds() -> None:
    helper = (
        '{{- define "pod" -}}\ncontainers:\n  - name: p\n    image: a/p:1\n  - name: q\n    image: a/q:1\n{{- end -}}'
    )
    text = deployment("x").partition("      containers:")[0] + '      {{- include "pod" . | nindent 6 }}\n'
    custom = "apiVersion: x.example/v1\nkind: X\nspec:\n  {{- if true }}\n  a: 1\n  {{- end }}\n  image: a/c:1\n"
    found = uses(chart({"a.yaml": text + "---\n" + custom, "_pod.tpl": helper}))
    lines = {each.name.rpartition("/")[2]: each.use.provenance.line for each in found.sightings}
    assert lines == {"p": 10, "q": 10, "c": 18}


def test_palettes_macros_are_filled_before_helm_sees_the_values(renderer: Renderer | None) -> None:
    values = "charts: {web: {image: {repository: '{{.spectro.var.host}}/a', tag: '{{ .spectro.var.tag }}'}}}"
    scope = Scope({"host": "corp.example", "tag": "1.30"})
    assert live(uses(chart(deployment(_PLAIN)), renderer, values, scope)) == {"corp.example/a:1.30"}


def test_a_macro_that_nothing_fills_leaves_its_image_in_sight(renderer: Renderer | None) -> None:
    values = "charts: {web: {image: {repository: '{{.spectro.var.host}}/a', tag: '1'}}}"
    found = uses(chart(deployment(_PLAIN)), renderer, values)
    (sighting,) = found.sightings
    assert sighting.use.reference is None
    assert "{{.spectro.var.host}}/a:1" in sighting.use.text
    assert "host" in sighting.use.problem


def test_provenance_names_the_template_and_the_rule(renderer: Renderer | None) -> None:
    (sighting,) = uses(chart(deployment("a/b:1")), renderer).sightings
    where = sighting.use.provenance
    assert where.file == "pack/charts/web/templates/a.yaml"
    assert where.pack == "web-pack"
    assert where.key.startswith("charts.web")
    assert (where.found_by, where.line) == ((FoundBy.TEMPLATE, 12) if renderer is None else (FoundBy.CHART, None))


@pytest.mark.parametrize(
    "containers",
    [
        '[{name: a, image: "{{ .Values.image }}:1"}, {image: a/c:1, name: c}]',
        '[{"name": "a", "image": "{{ .Values.image }}:1"}, {"image":"a/c:1","name":"c"}]',
    ],
)
def test_containers_on_one_line_are_read_one_by_one(renderer: Renderer | None, containers: str) -> None:
    text = deployment("x").partition("      containers:")[0] + f"      containers: {containers}\n"
    assert live(uses(chart(text, "image: a/b"), renderer)) == {"docker.io/a/b:1", "docker.io/a/c:1"}


def test_a_manifest_that_is_json_on_one_line_is_read(renderer: Renderer | None) -> None:
    pod = (
        '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"p","image":"a/b:1"}]}}'
    )
    assert live(uses(chart(pod), renderer)) == {"docker.io/a/b:1"}
