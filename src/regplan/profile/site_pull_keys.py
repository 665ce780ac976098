"""The keys of the site file's section `pulls`, made from the model, which says unit, default, meaning and source."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InvalidQuantity
from regplan.model.clock import Pulling
from regplan.profile import site_kinds as kinds
from regplan.profile.site_key import Key

if TYPE_CHECKING:
    from regplan.profile.composer import Tree

__all__ = ["PULLS"]


def _from_one(tree: Tree) -> object:
    value = kinds.FACTOR.read(tree)
    if not isinstance(value, float) or value < 1:
        raise InvalidQuantity(f"{tree!r} must be at least 1: a link carries no fewer bytes than content has")
    return value


_KINDS: Final = {
    "downloads_of": kinds.choice("node", "image"),
    "downloads": kinds.COUNT,
    "hub_pulls": kinds.NATURAL,
    "wire_ratio": kinds.Kind("factor from 1", _from_one, {"type": ["string", "number"]}),
    "pulls_per_s": kinds.NUMBER,
    "image_overhead_s": kinds.DURATION,
    "unpack_bytes_per_s": kinds.SIZE,
    "first_window_bytes": kinds.SIZE,
}
# As the site file has them: a value says its unit, so that no name need.
_NAMES: Final = {
    "image_overhead_s": "image_overhead",
    "unpack_bytes_per_s": "unpacked_each_second",
    "first_window_bytes": "first_window",
}


def _key(name: str, value: Any, metadata: Any) -> Key:  # noqa: ANN401  as fields have them
    kind = _KINDS.get(name, kinds.BOOLEAN)
    default = f"{value:g}" if isinstance(value, float) else f"{value}"
    if kind is kinds.BOOLEAN:
        default = default.lower()
    elif kind is kinds.SIZE:
        default = f"{value}B"
    elif kind is kinds.DURATION:
        default = f"{1000 * value:g}ms"
    return Key(
        f"pulls.{_NAMES.get(name, name)}",
        name,
        kind,
        metadata["doc"],
        default=default,
        source=metadata["source"],
    )


PULLS: Final = tuple(_key(each.name, each.default, each.metadata) for each in fields(Pulling))
