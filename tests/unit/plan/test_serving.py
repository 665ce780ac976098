from __future__ import annotations

from regplan.oci.reference import Reference
from regplan.plan.serving import served_names


def names(*references: str) -> dict[str, str]:
    return dict(served_names((text, Reference.parse(text)) for text in references))


def test_an_image_goes_by_its_name_with_its_host_and_without_it() -> None:
    assert names("quay.io/coreos/etcd:1") == {
        "quay.io/coreos/etcd": "quay.io/coreos/etcd:1",
        "coreos/etcd": "quay.io/coreos/etcd:1",
    }


def test_a_short_name_of_two_images_is_nobodys() -> None:
    assert set(names("quay.io/a/b", "ghcr.io/a/b")) == {"quay.io/a/b", "ghcr.io/a/b"}


def test_a_name_with_its_host_comes_before_anothers_without() -> None:
    told = names("reg.example/docker.io/library/nginx", "nginx")

    assert told["docker.io/library/nginx"] == "nginx"
    assert told["library/nginx"] == "nginx"
    assert told["reg.example/docker.io/library/nginx"] == "reg.example/docker.io/library/nginx"


def test_a_name_that_no_registry_takes_is_left_out() -> None:
    assert names(f"reg.example/{'a' * 250}") == {"a" * 250: f"reg.example/{'a' * 250}"}
