from __future__ import annotations

import pytest

from regplan.errors import InputError
from regplan.oci.reference import Reference
from regplan.plan.mapping import target_repository


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("nginx:1.27", "spectro-images/docker.io/library/nginx"),
        ("gcr.io/spectro-images-public/kube-vip/kube-vip:v0.6.3", "spectro-images/gcr.io/spectro-images-public/kube-vip/kube-vip"),
        ("harbor.corp:8443/a@sha256:" + "0" * 64, "spectro-images/harbor.corp_8443/a"),
        ("localhost:5000/a/b", "spectro-images/localhost_5000/a/b"),
        ("[fd00::1]:5000/a", "spectro-images/fd00__1_5000/a"),
    ],
)  # fmt: skip
def test_names_keep_the_source_host_with_an_underscore_for_its_port(reference: str, expected: str) -> None:
    assert target_repository(Reference.parse(reference), "spectro-images") == expected


def test_plain_names_leave_the_host_out() -> None:
    assert target_repository(Reference.parse("quay.io:443/coreos/etcd:v3"), "p", "plain") == "p/coreos/etcd"
    assert target_repository(Reference.parse("nginx"), "p", "plain") == "p/library/nginx"


def test_without_a_project_the_name_begins_with_the_host() -> None:
    assert target_repository(Reference.parse("nginx"), "") == "docker.io/library/nginx"


def test_a_project_may_have_several_parts_and_slashes_around_it() -> None:
    assert target_repository(Reference.parse("nginx"), "/edge/images/") == "edge/images/docker.io/library/nginx"


def test_an_unknown_mapping_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'flat' is not a mapping .* host or plain or last"):
        target_repository(Reference.parse("nginx"), "p", "flat")


@pytest.mark.parametrize("project", ["Spectro", "a b", "a:b", "-a", "a//b"])
def test_a_project_that_no_registry_takes_is_refused_by_name(project: str) -> None:
    with pytest.raises(InputError, match="is not a project"):
        target_repository(Reference.parse("nginx"), project)


def test_a_host_that_cannot_stand_in_a_name_is_refused_and_plain_is_offered() -> None:
    with pytest.raises(InputError, match=r"\[::1\]:5000/a:latest: .* the mapping plain"):
        target_repository(Reference.parse("[::1]:5000/a"), "p")


def test_a_name_is_refused_when_project_and_host_make_it_longer_than_a_registry_takes() -> None:
    path = "a" * 236
    assert len(target_repository(Reference.parse(f"gcr.io/{path}"), "p" * 11)) == 255
    with pytest.raises(InputError, match="256 characters"):
        target_repository(Reference.parse(f"gcr.io/{path}"), "p" * 12)
