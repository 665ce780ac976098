from __future__ import annotations

import json

import pytest

from regplan.errors import InputError
from regplan.model.wiring import RewriteRules
from regplan.profile.mapping_rules import read_rules
from unit.profile.texts import export, pack, read_one

MAPPED = {"us-docker.pkg.dev/palette-images": "example.registry.com/palette-images"}
PAIRS = (("us-docker.pkg.dev/palette-images", "example.registry.com/palette-images"),)


def rules(*packs: object) -> RewriteRules:
    return read_one(export(*packs)).settings.wiring.rules


def connect(replaced: str) -> dict[str, object]:
    config = {"registry": {"imageReplacementRules": replaced}}
    return pack("registry-connect", json.dumps({"charts": {"registry-connect": {"config": config}}}))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(MAPPED),
        json.dumps({"registryMappingRules": MAPPED}),
        "#cloud-config\n" + json.dumps({"stylus": {"externalRegistries": {"registryMappingRules": MAPPED}}}),
        '"https://us-docker.pkg.dev/palette-images/": "docker://example.registry.com/palette-images"\n',
    ],
)
def test_mapping_rules_are_read_from_lines_from_their_key_and_from_user_data(text: str) -> None:
    assert read_rules(text, "r.yaml") == RewriteRules(mapped=PAIRS, source="r.yaml")


def test_replacement_rules_are_yaml_in_a_text_or_a_map() -> None:
    within = 'imageReplacementRules: |\n  "all": "example.registry.com/internal-images"\n  "gcr.io/a": "b.io/c"\n'
    expected = (("", "example.registry.com/internal-images"), ("gcr.io/a", "b.io/c"))

    assert read_rules(within, "r").replaced == expected
    assert read_rules(
        json.dumps({"imageReplacementRules": {"all": expected[0][1], "gcr.io/a": "b.io/c"}}), "r"
    ).replaced == (expected)


@pytest.mark.parametrize(
    ("prefix", "whole"),
    [
        ("docker.io", "docker.io"),
        ("index.docker.io", "docker.io"),
        ("Quay.IO/coreos", "quay.io/coreos"),
        ("harbor.corp:8443", "harbor.corp:8443"),
        ("harbor.corp:8443/team", "harbor.corp:8443/team"),
        ("bitnami", "docker.io/bitnami"),
        ("library/nginx", "docker.io/library/nginx"),
        ("docker.io/nginx", "docker.io/nginx"),
        ("localhost/a", "localhost/a"),
    ],
)
def test_a_prefix_is_written_out_as_names_are(prefix: str, whole: str) -> None:
    assert read_rules(json.dumps({prefix: "mirror.corp"}), "r").mapped == ((whole, "mirror.corp"),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "there is no mapping rule"),
        ("a: {b: c}", "there is no mapping rule"),
        ("- a", "there is no mapping rule"),
        ("", "there is no mapping rule"),
        ("a: [", "r.yaml: line 2"),
        ("registryMappingRules: [a]", "registryMappingRules: a map of prefixes is expected, and it is a list"),
        ("registryMappingRules: {gcr.io: [a]}", "registryMappingRules gcr.io: text is expected, and it is a list"),
        ("registryMappingRules: {gcr.io: }", "registryMappingRules gcr.io: text is expected, and it is empty"),
        ("gcr.io/a:1.2: b.io", "a prefix has no tag"),
        ("nginx:1.2: b.io", "nginx:1.2: a prefix has no tag and no digest"),
        ("gcr.io: ''", "gcr.io: text is expected, and it is empty"),
        ("gcr.io/a: b.io/c:1.2", "has no tag"),
        ("gcr.io/a: images", "does not begin with a registry's host"),
        ("gcr.io/a: '{{.spectro.var.Mirror}}'", "its macro has no value here"),
        ("gcr.io/a: b.io/UPPER", "lower case"),
        ("imageReplacementRules: 'a: ['", "imageReplacementRules: line 2"),
    ],
)
def test_a_file_without_rules_and_rules_that_are_none_are_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=r"r\.yaml") as caught:
        read_rules(text, "r.yaml")
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["gcr.io: 'me:hunter2@b.io/c'", "'me:hunter2@gcr.io': b.io"])
def test_a_password_in_a_rule_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InputError, match=r"r\.yaml") as caught:
        read_rules(text, "r.yaml")
    assert "a user and password" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_every_problem_of_a_file_is_told_at_once() -> None:
    with pytest.raises(InputError, match=r"gcr\.io/a.*quay\.io"):
        read_rules("gcr.io/a: images\nquay.io: also\n", "r.yaml")


def test_user_data_in_the_os_layer_is_read_as_values_and_as_a_text_in_them() -> None:
    tree = {"stylus": {"externalRegistries": {"registryMappingRules": MAPPED}}}
    as_text = {"options": {"user-data": "#cloud-config\n" + json.dumps(tree, indent=1)}}

    for values in (tree, as_text):
        told = rules(pack("edge-native-byoi", json.dumps(values), layer="os"))
        assert told == RewriteRules(mapped=PAIRS, source="shop > os/edge-native-byoi")


def test_rules_of_several_packs_stand_together_and_the_first_word_counts() -> None:
    user_data = {"stylus": {"externalRegistries": {"registryMappingRules": MAPPED}}}
    told = rules(
        pack("edge-native-byoi", json.dumps(user_data), layer="os"), connect('"all": "a.io/b"'), connect('all: "c.io"')
    )

    assert told.mapped == PAIRS
    assert told.replaced == (("", "a.io/b"),)
    assert told.source.startswith("shop > os/edge-native-byoi, shop > addon/registry-connect")


def test_macros_in_rules_are_filled_in_and_what_has_no_value_is_a_problem_that_stops_nothing() -> None:
    text = export(
        connect('"gcr.io": "{{.spectro.var.Mirror}}"'), variables=[{"name": "Mirror", "defaultValue": "m.io"}]
    )
    assert read_one(text).settings.wiring.rules.replaced == (("gcr.io", "m.io"),)

    told = rules(connect('"gcr.io": "{{.spectro.var.Mirror}}"\n"quay.io": "m.io/q"'))
    assert told.replaced == (("quay.io", "m.io/q"),)
    assert told.problems == (
        "shop > addon/registry-connect: imageReplacementRules gcr.io: its macro has no value here",
    )


def test_a_script_that_only_speaks_of_rules_holds_none() -> None:
    script = "#!/bin/sh\ncat <<EOF\n\tregistryMappingRules: {\nEOF\n"
    assert not rules(pack("os", json.dumps({"stages": {"boot": [{"commands": [script]}]}}), layer="os"))
