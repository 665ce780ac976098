"""`demo --seed`: killed once, resumed, proved."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What the demonstration says of itself, in a process of its own as users run it."""
    said = subprocess.run(
        [sys.executable, "-m", "regplan", "demo", "--seed", "-o", "json", "--quiet"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    document: dict[str, Any] = json.loads(said.stdout)
    return document


def test_the_seeder_is_killed_before_it_is_done_and_every_image_is_read_back(seen: dict[str, Any]) -> None:
    assert 0.45 <= seen["killed_bytes"] / seen["plan"]["blob_bytes"] < 0.8
    assert seen["complete"]
    assert seen["verified"] == seen["images"] == 6


def test_it_is_killed_in_the_midst_of_blobs_and_those_alone_go_again(seen: dict[str, Any]) -> None:
    whole, again = seen["plan"]["blob_bytes"], seen["again_bytes"]

    assert 0 < again < seen["killed_bytes"]
    # What is left are the manifests, a kilobyte or two each.
    assert 0 < seen["sent_bytes"] - whole - again < 4_000 * seen["plan"]["manifests"]


def test_what_was_whole_at_the_kill_is_not_sent_again(seen: dict[str, Any]) -> None:
    plan, done = seen["plan"], seen["done"]

    # Manifests that were put before the kill are bytes too.
    whole_bytes = seen["killed_bytes"] - seen["again_bytes"]
    assert 0 <= done["uploaded_bytes"] - (plan["blob_bytes"] - whole_bytes) < 4_000 * plan["manifests"]
    assert plan["blob_bytes"] <= seen["sent_bytes"] < plan["naive_bytes"]


def test_shared_layers_are_sent_once(seen: dict[str, Any]) -> None:
    assert seen["plan"]["blobs"] < seen["plan"]["pairs"]
    assert seen["plan"]["blob_bytes"] < seen["plan"]["naive_bytes"] * 0.7
