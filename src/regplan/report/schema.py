"""The JSON Schemas of the documents that others script against."""

from __future__ import annotations

import json
from typing import cast

__all__ = ["plan_schema", "rollout_schema", "seed_schema"]


def plan_schema() -> dict[str, object]:
    """Tell the JSON Schema (2020-12) of the plan document."""
    return _schema("plan.json")


def seed_schema() -> dict[str, object]:
    """Tell the JSON Schema (2020-12) of the seed document."""
    return _schema("seed.json")


def rollout_schema() -> dict[str, object]:
    """Tell the JSON Schema (2020-12) of the rollout document."""
    return _schema("rollout.json")


def _schema(name: str) -> dict[str, object]:
    from importlib import resources

    text = resources.files("regplan.report").joinpath("schemas", name).read_text(encoding="utf-8")
    return cast("dict[str, object]", json.loads(text))
