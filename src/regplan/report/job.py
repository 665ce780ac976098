"""A seeding as a Kubernetes Job: a ConfigMap with what is to be seeded, pinned by digest, and the Job that seeds it.

Credentials are named by the Secret that holds them and are nowhere in it. Source: Kubernetes API, batch/v1 Job and v1 ConfigMap;
"Pull an Image from a Private Registry" for the kind of Secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["JobSpec", "job_text"]

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_MOST_NAME: Final = 52
_CONFIG: Final = "/etc/regplan"
_LOGIN: Final = "/var/run/regplan/login"
_STATE: Final = "/var/lib/regplan"


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What the Job is to do: `arguments` of `regplan seed` beside the list, `files` by name for the ConfigMap.

    `images` are lines of the list. `secret` names a Secret of type kubernetes.io/dockerconfigjson with the logins, "" for
    none. `title` is the site's or target's name. In `arguments`, "{config}" stands for the folder of the files. `zone` is
    the time zone of its windows, "" for the host's.
    """

    title: str
    image: str
    images: tuple[str, ...]
    arguments: tuple[str, ...]
    namespace: str = "default"
    secret: str = ""
    files: Mapping[str, str] | None = None
    zone: str = ""


def job_text(spec: JobSpec) -> str:
    """Write the two objects as YAML, for `kubectl apply -f -`."""
    import yaml

    class Lines(yaml.SafeDumper):
        """Writes a text of several lines as lines."""

    def write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    Lines.add_representer(str, write_text)
    documents = (_config_map(spec), _job(spec))
    return "---\n".join(yaml.dump(each, Dumper=Lines, sort_keys=False, width=1000) for each in documents)


def _config_map(spec: JobSpec) -> dict[str, object]:
    listed = "".join(f"{image}\n" for image in spec.images)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(spec),
        "data": {"images.txt": listed, **(spec.files or {})},
    }


def _job(spec: JobSpec) -> dict[str, object]:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _metadata(spec),
        # A seeding that was broken off goes on where it was, so that it is worth trying again.
        "spec": {"backoffLimit": 20, "template": {"metadata": {"labels": _labels(spec)}, "spec": _pod(spec)}},
    }


def _pod(spec: JobSpec) -> dict[str, object]:
    volumes: list[dict[str, object]] = [
        {"name": "config", "configMap": {"name": _name(spec)}},
        {"name": "state", "emptyDir": {}},
    ]
    if spec.secret:
        items = [{"key": ".dockerconfigjson", "path": "config.json"}]
        volumes.append({"name": "login", "secret": {"secretName": spec.secret, "items": items}})
    return {
        "restartPolicy": "OnFailure",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(spec)],
        "volumes": volumes,
    }


def _container(spec: JobSpec) -> dict[str, object]:
    mounts: list[dict[str, object]] = [
        {"name": "config", "mountPath": _CONFIG, "readOnly": True},
        {"name": "state", "mountPath": _STATE},
    ]
    variables = [{"name": "HOME", "value": _STATE}]
    if spec.zone:
        variables.append({"name": "TZ", "value": spec.zone})
    if spec.secret:
        mounts.append({"name": "login", "mountPath": _LOGIN, "readOnly": True})
        variables.append({"name": "DOCKER_CONFIG", "value": _LOGIN})
    told = [argument.replace("{config}", _CONFIG) for argument in spec.arguments]
    kept = ["--journal", f"{_STATE}/journal.jsonl", "--cache-dir", f"{_STATE}/cache"]
    return {
        "name": "regplan",
        "image": spec.image,
        "args": ["seed", f"{_CONFIG}/images.txt", *told, *kept, "--yes"],
        "env": variables,
        "resources": {"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": mounts,
    }


def _metadata(spec: JobSpec) -> dict[str, object]:
    return {"name": _name(spec), "namespace": spec.namespace, "labels": _labels(spec)}


def _labels(spec: JobSpec) -> dict[str, str]:
    return {"app.kubernetes.io/name": "regplan", "app.kubernetes.io/instance": _name(spec)}


def _name(spec: JobSpec) -> str:
    plain = _NOT_IN_NAMES.sub("-", spec.title.lower()).strip("-")
    return f"regplan-seed-{plain}"[:_MOST_NAME].rstrip("-")
