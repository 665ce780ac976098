"""One request to a registry and what came back, as a value that holds no secret."""

from __future__ import annotations

from regplan.values import dataclass

__all__ = ["Exchange"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was answered, or was not: then `status` is None and `problem` says why.

    `at_s` is a Unix time, `took_s` the time until the answer began or, of a small one, was read. `url` has what may be a secret
    in it taken out. `size_bytes` is the length of the answer's body, None where it was not told.
    """

    at_s: float
    method: str
    host: str
    url: str
    status: int | None
    size_bytes: int | None
    took_s: float
    problem: str = ""
