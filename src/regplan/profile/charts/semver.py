"""Whether a version satisfies a constraint, as `semverCompare` says it (Masterminds/semver)."""

from __future__ import annotations

import re

__all__ = ["satisfies"]

_PART = re.compile(r"(>=|<=|!=|=|>|<|\^|~)?\s*v?([0-9]+)(?:\.([0-9]+|[xX*]))?(?:\.([0-9]+|[xX*]))?(-[0-9A-Za-z.-]+)?")
_VERSION = re.compile(r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:[-+].*)?")


def satisfies(constraint: str, version: str) -> bool:
    """Tell whether a version satisfies a constraint; raises `ValueError` where either is none.

    Versions before a release count as the release, since Kubernetes' own have such endings ("v1.30.5+rke2r1").

    >>> satisfies(">=1.19-0", "v1.30.5"), satisfies(">= 1.21, < 1.25", "1.30.5"), satisfies("^1.2 || ~2.1", "2.2.0")
    (True, False, False)
    """
    match = _VERSION.fullmatch(version.strip())
    if match is None:
        raise ValueError(version)
    own = tuple(int(each or 0) for each in match.groups())
    return any(
        all(_holds(part, own) for part in re.findall(r"[^\s,<>=!^~]*[<>=!^~]*\s*[^\s,<>=!^~]+", way))
        for way in constraint.split("||")
    )


def _holds(part: str, own: tuple[int, ...]) -> bool:
    match = _PART.fullmatch(part.strip())
    if match is None:
        raise ValueError(part)
    given = [each for each in match.group(2, 3, 4) if each is not None and each.isdigit()]
    least = tuple(map(int, given)) + (0,) * (3 - len(given))
    start = own[: len(given)] == least[: len(given)]
    same = own[: max(1, min(len(given), 2))] == least[: max(1, min(len(given), 2))]
    outcomes = {
        ">=": own >= least,
        "<=": own <= least or start,
        ">": own > least and not (start and len(given) < 3),
        "<": own < least,
        "!=": not start,
        "^": own >= least and own[0] == least[0],
        "~": own >= least and same,
    }
    return outcomes.get(match[1] or "", start)
