"""Profiles, values and manifests as texts, for tests: what Palette and kubectl would hand over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InvalidProfile
from regplan.profile.read import NamedText, Setting, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.profile import Declarations

__all__ = ["defects", "deployment", "export", "findings", "listing", "pack", "problems", "read_one", "statuses"]


def listing(*references: str) -> str:
    """Values with an image list."""
    return "pack:\n  content:\n    images:\n" + "".join(f"      - image: {each}\n" for each in references)


def pack(name: str, values: object = "", **more: object) -> dict[str, Any]:
    return {"name": name, "layer": "addon", "type": "spectro", "tag": "1.0.0", "values": values} | more


def export(*packs: object, name: str = "shop", **more: object) -> str:
    """A profile in the shape that Palette exports."""
    spec = {"version": "1.0.0", "template": {"type": "add-on", "cloudType": "edge-native", "packs": list(packs)}}
    return json.dumps({"metadata": {"name": name}, "spec": spec | more})


def deployment(image: str, kind: str = "Deployment", replicas: object = 1, **pod: object) -> str:
    """A manifest, in JSON, which is YAML."""
    spec = {"containers": [{"name": "a", "image": image}], **pod}
    head = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}}
    return json.dumps(head | {"spec": {"replicas": replicas, "template": {"spec": spec}}})


def read_one(text: str, file: str = "shop.json", variables: Mapping[str, str] | None = None) -> Declarations:
    return read([NamedText(file, text)], Setting(dict(variables or {})))


def problems(text: str, file: str = "shop.json") -> tuple[str, ...]:
    with pytest.raises(InvalidProfile) as caught:
        read_one(text, file)
    assert caught.value.exit_code == 2
    return caught.value.problems


def statuses(declarations: Declarations) -> dict[str, str]:
    """The status of each text, as it is written; the last mention counts."""
    return {use.text: use.status.value for use in declarations.uses}


def findings(declarations: Declarations) -> list[tuple[str, str]]:
    return [(finding.rule, finding.verdict.value) for finding in declarations.findings]


def defects(declarations: Declarations) -> list[tuple[str, str]]:
    """The findings, but for what is said of whole profiles: charts that are not at hand, manifests on packs."""
    general = {"profile.chart-not-read", "profile.attached-manifest"}
    return [each for each in findings(declarations) if each[0] not in general]
