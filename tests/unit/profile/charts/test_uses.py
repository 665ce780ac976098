from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.profile.charts import read_chart
from regplan.profile.composer import BadSyntax
from regplan.profile.macros import Scope
from regplan.profile.parts import Evidence, Rendered
from unit.profile.charts.made import chart, deployment, fails, live, off, possible, uses

if TYPE_CHECKING:
    from regplan.profile.parts import RawChart, Renderer

_DEPENDENCY = "dependencies:\n  - name: sub\n    version: 1.0.0\n    repository: ''\n"
_SUB = {
    "charts/sub/Chart.yaml": "{apiVersion: v2, name: sub, version: 1.0.0, appVersion: 9}",
    "charts/sub/values.yaml": "{image: 'a/sub', global: {host: none}}",
    "charts/sub/templates/a.yaml": deployment("{{ .Values.global.host }}/{{ .Values.image }}:{{ .Chart.AppVersion }}"),
}


def _renders(text: str) -> Renderer:
    def render(chart: RawChart, values: str, namespace: str, kube_version: str = "") -> Rendered:
        del chart, values, namespace, kube_version
        return Rendered(text)

    return render


def test_a_chart_below_takes_its_values_and_the_global_ones_from_above(renderer: Renderer | None) -> None:
    made = chart(deployment("a/b:1"), "{global: {host: corp.example}, sub: {image: a/mine}}", _DEPENDENCY, **_SUB)
    assert live(uses(made, renderer)) == {"docker.io/a/b:1", "corp.example/a/mine:9"}
    pack = "charts: {web: {sub: {image: a/yours}, global: {host: quay.io}}}"
    assert live(uses(made, renderer, pack)) == {"docker.io/a/b:1", "quay.io/a/yours:9"}


@pytest.mark.parametrize(
    ("more", "values", "switch"),
    [
        ("    condition: sub.enabled\n", "sub: {enabled: false}", "charts.web.sub.enabled: true"),
        ("    condition: none.here,other.active\n", "other: {active: false}", "charts.web.other.active: true"),
        ("    tags: [extra]\n", "tags: {extra: false}", "charts.web.tags.extra: true"),
        ("    condition: sub.enabled\n    alias: below\n", "sub: {enabled: false}", "charts.web.sub.enabled: true"),
    ],
)
def test_a_chart_below_that_is_switched_off_says_what_switches_it_on(
    renderer: Renderer | None, more: str, values: str, switch: str
) -> None:
    found = uses(chart(deployment("a/b:1"), values, _DEPENDENCY + more, **_SUB), renderer)
    assert live(found) == {"docker.io/a/b:1"}
    (sub,) = off(found)
    assert sub[1] == switch


def test_a_condition_wins_over_tags_and_is_on_where_nothing_says_otherwise(renderer: Renderer | None) -> None:
    about = _DEPENDENCY + "    condition: sub.enabled\n    tags: [extra]\n"
    values = "{sub: {enabled: true}, tags: {extra: false}, global: {host: quay.io}}"
    assert "quay.io/a/sub:9" in live(uses(chart("", values, about, **_SUB), renderer))
    assert "quay.io/a/sub:9" in live(uses(chart("", "global: {host: quay.io}", _DEPENDENCY, **_SUB), renderer))


def test_an_aliased_chart_finds_its_values_under_its_alias(renderer: Renderer | None) -> None:
    about = _DEPENDENCY + "    alias: below\n"
    values = "{below: {image: a/alias}, sub: {image: a/wrong}, global: {host: quay.io}}"
    assert live(uses(chart("", values, about, **_SUB), renderer)) == {"quay.io/a/alias:9"}


def test_a_chart_below_in_an_archive_that_was_taken_apart_is_read(renderer: Renderer | None) -> None:
    packed = {path.replace("charts/sub/", "charts/sub-1.0.0.tgz/sub/"): text for path, text in _SUB.items()}
    assert live(uses(chart("", "global: {host: quay.io}", _DEPENDENCY, **packed), renderer)) == {"quay.io/a/sub:9"}


def test_requirements_of_old_charts_are_read(renderer: Renderer | None) -> None:
    texts = {
        "Chart.yaml": "{apiVersion: v1, name: web, version: 1.0.0}",
        "requirements.yaml": "dependencies: [{name: sub, version: 1.0.0, repository: '', condition: sub.active}]",
        "values.yaml": "sub: {active: false}",
        "templates/a.yaml": deployment("a/b:1"),
        **_SUB,
    }
    found = uses(read_chart("web", texts), renderer)
    assert live(found) == {"docker.io/a/b:1"}
    assert [gate for _, gate in off(found)] == ["charts.web.sub.active: true"]


def test_a_chart_below_that_is_missing_is_a_problem_with_helm_and_is_never_whole_without(
    renderer: Renderer | None,
) -> None:
    found = uses(chart(deployment("a/b:1"), "", _DEPENDENCY), renderer)
    assert live(found) == {"docker.io/a/b:1"}
    assert not found.is_whole
    assert ("sub" in found.problem) is (renderer is not None)


def test_what_helm_cannot_render_is_read_from_its_templates(renderer: Renderer | None) -> None:
    text = '{{ required "licenseId is required" .Values.licenseId }}\n' + deployment("a/b:1")
    found = uses(chart(text.replace("\napi", "\n---\napi")), renderer)
    assert live(found) == {"docker.io/a/b:1"}
    assert ("licenseId is required" in found.problem) is (renderer is not None)


def test_nobody_tells_a_secret_that_helm_repeats() -> None:
    found = uses(
        chart(deployment("a/b:1")), fails("bad: hunter2-hunter2"), "charts: {web: {password: hunter2-hunter2}}"
    )
    assert found.problem == "bad: ***"


def test_what_was_rendered_is_the_truth_over_what_was_read() -> None:
    made = chart(deployment("a/read:1"), "old: {image: {repository: a/dead, tag: 1}}")
    found = uses(made, _renders(f"---\n# Source: web/templates/a.yaml\n{deployment('a/rendered:1')}"))
    assert live(found) == {"docker.io/a/rendered:1"}
    assert possible(found) == {"docker.io/a/read:1"}


def test_workloads_are_told_where_the_chart_was_rendered(helm: Renderer) -> None:
    (workload,) = uses(chart(deployment("a/b:1")), helm, "pack: {namespace: shop}").workloads
    assert (workload.kind, workload.name, workload.namespace) == ("Deployment", "a", "shop")


def test_a_document_that_cannot_be_read_hides_no_other() -> None:
    text = f"---\n# Source: web/templates/a.yaml\n{deployment('a/b:1')}---\n# Source: web/templates/b.yaml\na: [\n"
    found = uses(chart(""), _renders(text))
    assert live(found) == {"docker.io/a/b:1"}
    assert "pack/charts/web/templates/b.yaml" in found.problem
    assert not found.is_whole


def test_a_rendering_that_is_no_yaml_at_all_leaves_what_was_read() -> None:
    found = uses(chart(deployment("a/b:1")), _renders("\t{{{"))
    assert live(found) == {"docker.io/a/b:1"}
    assert found.problem


def test_a_value_that_no_template_asks_for_is_dead() -> None:
    found = uses(
        chart(deployment("a/b:1"), "none: 1"), None, "charts: {web: {sidecar: {image: {repository: a/s, tag: 1}}}}"
    )
    assert {each.name: each.evidence for each in found.sightings} == {
        "docker.io/a/b": Evidence.ENABLED,
        "docker.io/a/s": Evidence.DEAD,
    }


def test_a_cluster_that_nobody_knows_leaves_an_image_possible() -> None:
    text = (
        '{{- if semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version }}\n' + deployment("a/b:1") + "{{- end }}\n"
    )
    assert possible(uses(chart(text))) == {"docker.io/a/b:1"}
    assert live(uses(chart(text), scope=Scope(kubernetes="1.31.2"))) == {"docker.io/a/b:1"}
    assert off(uses(chart(text), scope=Scope(kubernetes="1.29.2")))


def test_a_choice_that_nobody_can_make_shows_every_way() -> None:
    image = '{{ if .Capabilities.APIVersions.Has "x/v1" }}a/one:1{{ else }}a/two:1{{ end }}'
    assert possible(uses(chart(deployment(image)))) == {"docker.io/a/one:1", "docker.io/a/two:1"}


def test_a_tag_that_is_not_said_leaves_the_name() -> None:
    (sighting,) = uses(chart(deployment("quay.io/a/b:{{ .Values.tag }}"))).sightings
    assert (sighting.name, sighting.use.reference, sighting.use.problem) == ("quay.io/a/b", None, "its tag is not said")


def test_a_small_chart_is_whole_and_one_that_may_start_more_is_not(renderer: Renderer | None) -> None:
    found = uses(chart(deployment("quay.io/a/b:1")), renderer)
    assert found.is_whole
    assert "quay.io/a/b" in found.words
    role = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n"
        "rules:\n  - apiGroups: [apps]\n    resources: [deployments]\n    verbs: [create]\n"
    )
    assert not uses(chart({"a.yaml": deployment("a/b:1"), "r.yaml": role}), renderer).is_whole


def test_a_manifest_of_a_pack_is_read_at_its_own_values(renderer: Renderer | None) -> None:
    texts = {
        "Chart.yaml": "{apiVersion: v2, name: hello, version: 0.0.0}",
        "templates/hello.yaml": deployment("{{ .Values.image }}"),
    }
    from dataclasses import replace

    made = replace(read_chart("pack/manifests/hello.yaml", texts), values_at=("manifests", "hello"))
    found = uses(made, renderer, "manifests: {hello: {image: 'a/b:1'}}")
    assert live(found) == {"docker.io/a/b:1"}
    assert found.sightings[0].use.provenance.file == "pack/manifests/hello.yaml"


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"values.yaml": "a: 1"}, "there is no Chart.yaml"),
        ({"Chart.yaml": "version: 1"}, "Chart.yaml: it names no chart under `name`"),
        ({"Chart.yaml": "- a"}, "Chart.yaml: this is no mapping of keys to values"),
        ({"Chart.yaml": "name: a", "values.yaml": "a: [\n"}, "values.yaml: line 2, column 1"),
    ],
)
def test_a_chart_that_is_none_says_why(texts: dict[str, str], problem: str) -> None:
    with pytest.raises(BadSyntax, match=problem.replace("`", ".")):
        read_chart("web", texts)


@pytest.mark.parametrize(
    "text",
    [
        "{{ if .Values.a }}\n" + deployment("a/b:1"),
        deployment("a/b:1") + "{{ end }}",
        deployment("{{ .Values.a") + "\n",
        '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}\n' + deployment("a/b:1"),
        "{{ range $i := until 2000 }}{{ range $j := until 2000 }}\n" + deployment("a/b:{{ $j }}") + "{{ end }}{{ end }}",
        '{{- $x := "aaaaaaaaaa" }}{{ range until 60 }}{{ $x = cat $x $x }}{{ end }}image: {{ $x }}',
        "{{ else }}", "{{ template }}", "{{ (((( }}", "{{ $x.y | foo (bar) }}", "{{/* }}", '{{ "',
    ],
)  # fmt: skip
def test_a_template_that_makes_no_sense_or_no_end_breaks_nothing(text: str) -> None:
    found = uses(chart({"a.yaml": text, "b.yaml": deployment("a/other:1")}))
    assert "docker.io/a/other:1" in live(found) or not found.is_whole


_POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - image: "


@pytest.mark.parametrize(
    "text",
    [
        '{{ $x := list "a" }}{{ range until 90 }}{{ $x = list $x $x }}{{ end }}{{ toYaml $x }}image: {{ $x }}',
        '{{ $x := dict "a" 1 }}{{ range until 90 }}{{ $x = dict "a" $x "b" $x }}{{ end }}image: {{ merge $x $x }}',
        "{{ $x := 99999 }}{{ range until 90 }}{{ $x = mul $x $x }}{{ end }}image: {{ $x }}",
        '{{ $x := "aaaa" }}{{ range until 90 }}{{ $x = replace "" $x $x }}{{ end }}image: {{ $x }}',
        '{{ $x := list "a" }}{{ range until 90 }}{{ $x = concat $x $x }}{{ end }}image: {{ join "" $x }}',
        '{{ $_ := set .Values "a" .Values }}image: {{ toYaml .Values }}',
        pytest.param(
            '{{ define "f" }}image: {{ include "f" . }}{{ include "f" . }}{{ end }}{{ include "f" . }}',
            marks=pytest.mark.slow,
        ),
        pytest.param("{{ range until 2000 }}{{ range until 2000 }}image: a{{ end }}{{ end }}", marks=pytest.mark.slow),
        "image: {{ 1 " + "| quote " * 4_000 + "}}",
        "image: {{ " + "(" * 100 + "1" + ")" * 100 + "}}",
        "{{ if .Values.a }}" * 100 + "image: a" + "{{ end }}" * 100,
        '{{ "' * 5_000,
        "{{/* " * 5_000,
        "image: {a: " * 5_000,
        _POD + "a/b:1\n" * 3 + "image: a/b:1\n" * 20_000,
    ],
    ids=range(15),
)
def test_a_chart_that_asks_for_work_without_end_is_told_in_part(text: str) -> None:
    found = uses(chart({"a.yaml": text, "z.yaml": deployment("a/other:1")}))
    assert len(found.sightings) <= 5_000


def test_every_way_of_many_choices_is_not_tried() -> None:
    image = (
        "a/"
        + "".join(f"{{{{ if .Capabilities.APIVersions.x{number} }}}}x{{{{ end }}}}" for number in range(40))
        + "b:1"
    )
    assert 1 <= len(possible(uses(chart(_POD + image + "\n")))) <= 20


def test_values_of_one_chart_under_another_name_are_its_own(renderer: Renderer | None) -> None:
    made = chart(deployment("{{ .Values.image }}"), "image: a/own:1")
    assert live(uses(made, renderer, "charts: {shop: {image: 'a/shop:1'}}")) == {"docker.io/a/shop:1"}
    assert live(uses(made, renderer, "charts: {one: {image: 'a/x:1'}, two: {}}")) == {"docker.io/a/own:1"}


def test_values_that_are_a_charts_own_are_taken_without_the_pack_around_them(renderer: Renderer | None) -> None:
    made = chart(
        deployment("{{ .Values.image }}") + "{{- if .Values.b }}\n---\n" + deployment("a/b:1", "b") + "{{- end }}\n",
        "image: x",
    )
    found = uses(made, renderer, "{pack: {namespace: shop}, image: 'a/mine:1', b: false}")
    assert live(found) == {"docker.io/a/mine:1"}
    assert off(found) == {("docker.io/a/b:1", "b: true")}


def test_macros_in_a_manifests_own_text_are_filled(renderer: Renderer | None) -> None:
    made = chart(deployment("{{.spectro.var.host}}/a:{{ .Values.tag }}"), "tag: 1")
    assert live(uses(made, renderer, scope=Scope({"host": "quay.io"}))) == {"quay.io/a:1"}


def test_a_chart_below_that_cannot_be_read_is_left_out() -> None:
    broken = {"charts/sub/Chart.yaml": "a: [\n", "charts/sub/templates/a.yaml": deployment("a/sub:1")}
    assert live(uses(chart(deployment("a/b:1"), **broken))) == {"docker.io/a/b:1"}


def test_a_library_lends_its_templates_and_makes_nothing(renderer: Renderer | None) -> None:
    library = {
        "charts/lib/Chart.yaml": "{apiVersion: v2, name: lib, version: 1.0.0, type: library}",
        "charts/lib/templates/_image.tpl": '{{- define "lib.image" -}}a/{{ . }}:1{{- end -}}',
        "charts/lib/templates/no.yaml": deployment("a/no:1"),
    }
    about = "dependencies: [{name: lib, version: 1.0.0, repository: ''}]\n"
    made = chart(deployment('{{ template "lib.image" "b" }}'), "", about, **library)
    assert live(uses(made, renderer)) == {"docker.io/a/b:1"}


def test_a_charts_own_template_wins_over_one_of_its_name_below(renderer: Renderer | None) -> None:
    below = _SUB | {"charts/sub/templates/_n.tpl": '{{- define "n" -}}below{{- end -}}'}
    made = chart(
        {"a.yaml": deployment('a/{{ include "n" . }}:1'), "_n.tpl": '{{- define "n" -}}own{{- end -}}'},
        "sub: {global: {host: q.io}}",
        _DEPENDENCY,
        **below,
    )
    assert "docker.io/a/own:1" in live(uses(made, renderer))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{- $x := "one" }}{{- if .Values.two }}{{- $x = "two" }}{{- end }}\n', "two"),
        ('{{- $x := "one" }}{{- if .Values.none }}{{- $x = "two" }}{{- end }}\n', "one"),
        ('{{- $x := "one" }}{{- with $y := .Values.two }}{{- $x = $y }}{{- end }}\n', "deux"),
        ('{{- $x := "" }}{{- range $k, $v := .Values.map }}{{- $x = printf "%s%s%v" $x $k $v }}{{- end }}\n', "a1b2"),
        (
            '{{- $x := "" }}{{- range $i := until 5 }}{{- if eq $i 3 }}{{- break }}{{- end }}{{- $x = print $x $i }}{{- end }}\n',
            "012",
        ),
        (
            '{{- $x := "one" }}{{- if .Values.none }}{{- else if .Values.two }}{{- $x = "elseif" }}{{- end }}\n',
            "elseif",
        ),
        ('{{- $x := "one" }}{{- with .Values.none }}{{- else }}{{- $x = "else" }}{{- end }}\n', "else"),
        ('{{- $x := "one" }}{{- range .Values.empty }}{{- else }}{{- $x = "none" }}{{- end }}\n', "none"),
        ('{{- $c := dict }}{{- $_ := set $c "k" "v" }}{{- $_ := unset $c "none" }}{{- $x := $c.k }}\n', "v"),
    ],
)
def test_variables_are_followed_through_branches_and_loops(renderer: Renderer | None, text: str, expected: str) -> None:
    values = "{two: deux, none: false, map: {a: 1, b: 2}, empty: []}"
    found = uses(chart(text + deployment("a/b:{{ $x }}"), values), renderer)
    assert live(found) == {f"docker.io/a/b:{expected}"}


def test_a_variable_that_a_doubtful_branch_sets_is_in_doubt() -> None:
    text = '{{- $x := "one" }}{{- if .Capabilities.APIVersions.Has "a/v1" }}{{- $x = "two" }}{{- end }}\n'
    (sighting,) = uses(chart(text + deployment("quay.io/a/b:{{ $x }}"))).sightings
    assert (sighting.name, sighting.use.reference) == ("quay.io/a/b", None)


_WORDS = st.sampled_from(
    ["{{", "}}", "{{-", "-}}", "if ", "else", "end", "range ", "with ", "define ", "include ", '"x"', ".Values.a", ".", "$x",
     ":=", "=", "|", "(", ")", "image: ", "a/b:1", "\n", "default ", "not ", "toYaml ", "nindent 4", "`", "/*", "*/", "-", "tpl ",
     "kind: Pod\n", "---\n", "index ", "printf ", "%s", "1", "}", "{", "'", "dict ", "list ", "set ", "\\"]
)  # fmt: skip


@pytest.mark.property
@given(st.lists(_WORDS, max_size=40).map("".join), st.sampled_from(["", "a: 1", "a: {b: [x]}", "a: '{{ .Values.a }}'"]))
def test_no_template_whatever_breaks_the_reader(text: str, values: str) -> None:
    found = uses(chart({"a.yaml": text, "_b.tpl": '{{ define "x" }}' + text + "{{ end }}"}, values))
    assert found.problem == ""
