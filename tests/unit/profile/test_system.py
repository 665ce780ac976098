from __future__ import annotations

import pytest

from regplan.model.profile import ClusterProfile
from regplan.profile.parts import RawProfile
from regplan.profile.system import SYSTEM_MACROS, lost_system, told_by
from unit.profile.texts import export, pack, read_one


def profile(name: str, kind: str, uid: str = "") -> RawProfile:
    return RawProfile(ClusterProfile(name, "1.2.0", kind, (), f"{name}.json"), (), uid=uid)


@pytest.mark.parametrize("name", [name for name in SYSTEM_MACROS if name != "kubernetes.version"])
def test_a_macro_of_the_running_cluster_says_where_to_give_it(name: str) -> None:
    assert (
        f"known only to a running cluster: give it under `system` in the site file, as `{name}: VALUE`"
        in lost_system(name)
    )


def test_a_name_that_nobody_documents_may_still_be_given() -> None:
    assert "or with --set-var system.weather.today=VALUE" in lost_system("weather.today")


def test_a_profile_tells_its_own_name_and_the_one_with_the_clusters_layers_its() -> None:
    infra, own = profile("edge-infra", "cluster", "5f"), profile("retail", "add-on")
    assert told_by([own], [infra, own]) == {
        "clusterprofile.name": "retail",
        "clusterprofile.version": "1.2.0",
        "clusterprofile.infra.name": "edge-infra",
        "clusterprofile.infra.version": "1.2.0",
        "clusterprofile.infra.uid": "5f",
    }


def test_of_two_infrastructures_neither_is_told() -> None:
    assert told_by([], [profile("a", "infra"), profile("b", "cluster")]) == {}


def test_an_image_named_by_its_profiles_version_is_understood() -> None:
    values = "pack:\n  content:\n    images:\n      - image: r.io/app:{{.spectro.system.clusterprofile.version}}\n"
    (use,) = read_one(export(pack("app", values))).uses
    assert str(use.reference) == "r.io/app:1.0.0"


def test_an_empty_default_is_no_value_and_a_callers_empty_text_is_one() -> None:
    values = "pack:\n  content:\n    images:\n      - image: r.io/app{{.spectro.var.Suffix}}:1\n"
    text = export(pack("app", values), variables=[{"name": "Suffix", "defaultValue": ""}])
    assert read_one(text).uses[0].reference is None
    assert str(read_one(text, variables={"Suffix": ""}).uses[0].reference) == "r.io/app:1"
