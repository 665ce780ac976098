from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.store import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]


def test_a_checkout_uses_its_own_data() -> None:
    assert shipped.demo_folder() == ROOT / "data" / "demo"


@pytest.mark.parametrize("folder", [shipped.demo_folder, shipped.notebooks_folder])
def test_an_installed_package_comes_first_and_a_lacking_one_is_told_of(
    folder: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "regplan")
    monkeypatch.setattr(shipped, "_CHECKOUT", tmp_path)
    with pytest.raises(InputError, match="not installed here"):
        folder()
    for name in ("demo", "notebooks"):
        (tmp_path / "regplan" / "_data" / name).mkdir(parents=True)

    assert folder().parent == tmp_path / "regplan" / "_data"
