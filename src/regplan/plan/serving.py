"""The names under which images are served: what a second regplan, skopeo or containerd asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.plan.mapping import target_repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.oci.reference import Reference

__all__ = ["served_names"]


def served_names(named: Iterable[tuple[str, Reference]]) -> Mapping[str, str]:
    """Map repositories as they are served to the keys of what they hold: with the source host, and without it.

    A name that two keys would have is nobody's; one with its host comes before another's without.

    >>> from regplan.oci.reference import Reference
    >>> dict(served_names([("a", Reference.parse("nginx")), ("b", Reference.parse("harbor.corp:8443/shop/till"))]))
    {'docker.io/library/nginx': 'a', 'harbor.corp_8443/shop/till': 'b', 'library/nginx': 'a', 'shop/till': 'b'}
    """
    pairs = list(named)
    names = _unambiguous(pairs, "host")
    return {**names, **{name: key for name, key in _unambiguous(pairs, "plain").items() if name not in names}}


def _unambiguous(named: list[tuple[str, Reference]], mapping: str) -> dict[str, str]:
    keys: dict[str, set[str]] = {}
    for key, reference in named:
        try:
            name = target_repository(reference, "", mapping)
        except InputError:
            continue  # a name that no registry takes is served under none
        keys.setdefault(name, set()).add(key)
    return {name: next(iter(held)) for name, held in sorted(keys.items()) if len(held) == 1}
