"""Folders of packs and charts as members, for tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from regplan.profile.members import sort_members
from regplan.profile.parts import Members, Problems
from unit.profile.texts import listing

if TYPE_CHECKING:
    from regplan.profile.kinds import Sorted

__all__ = ["about", "chart", "folder", "pack_folder", "sorted_out"]

TEMPLATE = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
"""


def about(name: str = "web", **more: object) -> str:
    """A pack.json."""
    return json.dumps({"name": name, "displayName": name, "version": "1.0.0", "layer": "addon"} | more)


def chart(name: str = "web", version: str = "1.0.0", image: str = "chart.example/web") -> dict[str, str]:
    """A Helm chart's texts: one Deployment of IMAGE:TAG."""
    return {
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n",
        "values.yaml": f'image: {{repository: {image}, tag: "{version}"}}\n',
        "templates/web.yaml": TEMPLATE,
    }


def pack_folder(name: str = "web", root: str = "", **more: object) -> dict[str, str]:
    """A pack's texts: its list has a/NAME:1."""
    return folder(root, {"pack.json": about(name, **more), "values.yaml": listing(f"a/{name}:1")})


def folder(root: str, texts: dict[str, str]) -> dict[str, str]:
    return {f"{root}/{path}" if root else path: text for path, text in texts.items()}


def sorted_out(texts: dict[str, str], file: str = "packs") -> tuple[Sorted, list[str]]:
    problems = Problems()
    found = sort_members(Members(file, texts), problems)
    return found, problems.found
