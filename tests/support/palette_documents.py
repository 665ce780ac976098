"""What Palette's API answers, as documents: profiles, their manifests, Edge hosts, clusters and machine pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "PROJECT",
    "cluster",
    "cluster_variables",
    "edge_host",
    "machine_pools",
    "manifests_answer",
    "pack",
    "profile",
    "summary",
    "uid",
]

PROJECT = "65c90aa2f1e4d83b7a0c1d2e"
_STARTED = "2026-03-01T08:30:00.000Z"


def uid(number: int) -> str:
    """An id as Palette writes them: 24 hexadecimal digits."""
    return f"{number:024x}"


def pack(name: str, values: str = "", **more: Any) -> dict[str, Any]:
    """A pack as the API tells it inside a profile."""
    head = {"name": name, "layer": "addon", "type": "oci", "tag": "1.0.0", "version": "1.0.0", "packUid": uid(77)}
    return {**head, "registryUid": uid(78), "server": "registry.example", "values": values, **more}


def profile(name: str, number: int, *packs: dict[str, Any], version: str = "1.0.0", **spec: Any) -> dict[str, Any]:
    """A cluster profile as `GET /v1/clusterprofiles/UID` answers; published unless `spec` says otherwise."""
    body = {"name": name, "cloudType": "edge-native", "type": "add-on", "profileVersion": version, "uid": uid(number)}
    spec = spec or {"published": {**body, "packs": list(packs)}}
    return {
        "apiVersion": "cluster.spectrocloud.com/v1alpha1",
        "kind": "ClusterProfile",
        "metadata": {
            "name": name,
            "uid": uid(number),
            "annotations": {"scope": "project", "projectUid": PROJECT},
            "labels": {},
            "creationTimestamp": _STARTED,
            "lastModifiedTimestamp": _STARTED,
        },
        "spec": {**spec, "version": version, "versions": [{"uid": uid(number), "version": version}]},
        "status": {"hasUserMacros": False, "isPublished": "published" in spec, "inUseClusterUids": []},
    }


def summary(document: dict[str, Any], *versions: tuple[str, str]) -> dict[str, Any]:
    """A profile in a list; `versions` are (version, id) beside its own."""
    spec = document["spec"]
    body = {key: (spec.get("published") or spec.get("draft"))[key] for key in ("cloudType", "type")}
    told = [{"uid": number, "version": version} for version, number in versions]
    return {
        "metadata": document["metadata"],
        "specSummary": {
            ("published" if "published" in spec else "draft"): body,
            "version": spec["version"],
            "versions": [*told, *spec["versions"]],
        },
        "status": {"isPublished": "published" in spec},
    }


def manifests_answer(name: str, number: int, packs: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """What `GET /v1/clusterprofiles/UID/packs/manifests` answers: for each pack the content of its manifests."""
    return {
        "metadata": {"name": name, "uid": uid(number)},
        "spec": {
            "packs": [
                {
                    "metadata": {"name": pack_name, "uid": uid(77)},
                    "spec": {
                        "name": pack_name,
                        "layer": "addon",
                        "type": "oci",
                        "version": "1.0.0",
                        "manifests": [
                            {"name": key, "uid": uid(900 + place), "content": text}
                            for place, (key, text) in enumerate(contents.items())
                        ],
                    },
                }
                for pack_name, contents in packs.items()
            ]
        },
    }


def edge_host(name: str, number: int, **device: Any) -> dict[str, Any]:
    """An Edge host: 4 processors, 7930 MiB, a system disk of 300 GB and a data disk of 500 GB unless told otherwise."""
    told = {
        "archType": "amd64",
        "hostType": "appliance",
        "cpu": {"cores": 4},
        "memory": {"sizeInMB": 7930},
        "disks": [
            {"controller": "SCSI", "size": 500, "vendor": "DATA", "partitions": []},
            {
                "size": 300,
                "vendor": "VMware",
                "partitions": [{"mountPoint": "/run/initramfs/cos-state", "totalSpace": 24}],
            },
        ],
        "gpus": [],
        "os": {"family": "kairos", "version": "v2.4.3"},
        **device,
    }
    return {
        "metadata": {"name": name, "uid": uid(number), "annotations": {}, "labels": {}, "creationTimestamp": _STARTED},
        "spec": {
            "device": told,
            "host": {"hostUid": uid(number), "hostAddress": f"10.0.0.{number % 256}"},
            "type": "edge-native",
        },
        "status": {
            "health": {"agentVersion": "4.7.2", "state": "healthy"},
            "inUseClusters": [],
            "state": "ready",
        },
    }


def cluster(name: str, number: int, *profiles: dict[str, Any], cloud_type: str = "edge-native") -> dict[str, Any]:
    """A cluster with copies of these profiles; its machine pools are told under the id that follows its own."""
    return {
        "kind": "SpectroCluster",
        "metadata": {"name": name, "uid": uid(number)},
        "spec": {
            "cloudType": cloud_type,
            "cloudConfigRef": {"kind": "edge-native", "name": f"{name}-config", "uid": uid(number + 1)},
            "clusterProfileTemplates": [each["spec"]["published"] for each in profiles],
            "clusterType": "PureManage",
        },
        "status": {"state": "Running"},
    }


def machine_pools(control_plane: list[dict[str, Any]], workers: list[dict[str, Any]]) -> dict[str, Any]:
    """The cloud configuration of a cluster whose two pools hold these hosts."""
    pools = [("control-plane-pool", control_plane, True), ("worker-pool", workers, False)]
    return {
        "metadata": {"name": "config"},
        "spec": {
            "clusterConfig": {"isTwoNodeCluster": False},
            "machinePoolConfig": [
                {
                    "name": name,
                    "size": len(hosts),
                    "isControlPlane": is_control_plane,
                    "hosts": [
                        {"hostUid": each["metadata"]["uid"], "hostAddress": each["spec"]["host"]["hostAddress"]}
                        for each in hosts
                    ],
                }
                for name, hosts, is_control_plane in pools
            ],
        },
    }


def cluster_variables(number: int, *variables: dict[str, Any]) -> list[dict[str, Any]]:
    """What `GET /v1/spectroclusters/UID/variables` answers for one profile."""
    return [{"profileUid": uid(number), "variables": list(variables)}]
