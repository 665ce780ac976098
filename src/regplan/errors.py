"""Every error that regplan raises on purpose, with the exit code that the command line gives it.

::

    RegplanError
     ├ InputError (also ValueError)   exit 2   InvalidReference, InvalidDigest, InvalidManifest, InvalidProfile,
     │                                         InvalidQuantity, InvalidRules, InvalidSite, MissingExtra
     ├ RegistryError                  exit 3   Unreachable, Unauthorized, Denied, NotFound, RateLimited,
     │                                         Unsupported, QuotaExceeded
     ├ ContentError                   exit 3   DigestMismatch, SizeMismatch
     ├ SeedIncomplete                 exit 5
 └ RecordIncomplete               exit 5

"It does not fit" is not an error: it is a `Finding`, and exit code 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ContentError",
    "Denied",
    "DigestMismatch",
    "ErrorInfo",
    "InputError",
    "InvalidDigest",
    "InvalidManifest",
    "InvalidProfile",
    "InvalidQuantity",
    "InvalidReference",
    "InvalidRules",
    "InvalidSite",
    "MissingExtra",
    "NotFound",
    "QuotaExceeded",
    "RateLimited",
    "RecordIncomplete",
    "RegistryError",
    "RegplanError",
    "SeedIncomplete",
    "SizeMismatch",
    "Unauthorized",
    "Unreachable",
    "Unsupported",
]


class RegplanError(Exception):
    """The root of all errors that regplan raises on purpose; `exit_code` is what the command line ends with."""

    exit_code: ClassVar[int] = 1

    @property
    def message(self) -> str:
        """The one sentence that a user reads."""
        return str(self)


class InputError(RegplanError, ValueError):
    """What the user handed over cannot be used; the message names the file, line or key and what was expected."""

    exit_code = 2


class InvalidReference(InputError):
    """A text that is not an image reference."""


class InvalidDigest(InputError):
    """A text that is not a digest."""


class InvalidManifest(InputError):
    """Bytes that are not a manifest or an index of either dialect."""


class InvalidProfile(InputError):
    """A text that is not a cluster profile, a pack or a values file; `problems` holds all that was found, in order."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        """Keep every problem, so that a user mends them in one go."""
        super().__init__("\n".join([message, *(f"  - {problem}" for problem in problems)]))
        self.problems = tuple(problems)


class InvalidQuantity(InputError):
    """A text that is not a size, a rate, a duration or a Kubernetes quantity."""


class InvalidSite(InputError):
    """A site file that cannot be understood; `problems` holds all that was found, in order."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        """Keep every problem, so that a user mends them in one go."""
        super().__init__("\n".join([message, *(f"  - {problem}" for problem in problems)]))
        self.problems = tuple(problems)


class InvalidRules(InputError):
    """A file of users' own rules that cannot be understood; `problems` holds all that was found, in order."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        """Keep every problem, so that a user mends them in one go."""
        super().__init__("\n".join([message, *(f"  - {problem}" for problem in problems)]))
        self.problems = tuple(problems)


class MissingExtra(InputError):
    """An optional part of regplan that is not installed; the message holds the pip line."""

    def __init__(self, what: str, extra: str) -> None:
        """Name `what` needs the extra, and how to install it."""
        super().__init__(f"{what} needs an optional part: pip install 'regplan[{extra}]'")
        self.what = what
        self.extra = extra

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        """Travel between processes, which an exception whose arguments are not its message does not by itself."""
        return type(self), (self.what, self.extra)


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """One entry of a registry's error body (distribution specification, "Error codes")."""

    code: str
    message: str = ""


class RegistryError(RegplanError):
    """A registry answered with an error, or not at all.

    `status` is the HTTP status or None, `errors` the OCI error codes, `request` the redacted "METHOD URL",
    `retryable` whether the same request may go through later, and `tried` how often it was sent before it was given up.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        errors: Sequence[ErrorInfo] = (),
        request: str = "",
        retryable: bool = False,
    ) -> None:
        """Keep what a caller decides by beside the sentence that a user reads."""
        super().__init__(message)
        self.status = status
        self.errors = tuple(errors)
        self.request = request
        self.retryable = retryable
        self.tried = 1


class Unreachable(RegistryError):
    """No answer: the name is unknown, the connection was refused or broke, TLS failed, or time ran out."""


class Unauthorized(RegistryError):
    """401: the credentials are absent or wrong."""


class Denied(RegistryError):
    """403: the credentials are known and do not suffice."""


class NotFound(RegistryError):
    """404: no such repository, manifest or blob."""


class RateLimited(RegistryError):
    """429: too many requests; `retry_after_s` is what the registry asks to wait, or None."""

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, status: int | None = 429, request: str = ""
    ) -> None:
        """Keep how long the registry asks to wait."""
        super().__init__(message, status=status, request=request, retryable=True)
        self.retry_after_s = retry_after_s


class Unsupported(RegistryError):
    """The registry does not do this: 405, 415, or a media type that it refuses."""


class QuotaExceeded(RegistryError):
    """The registry has no room left for this project or disk."""


class ContentError(RegplanError):
    """Content is not what its descriptor says."""

    exit_code = 3


class DigestMismatch(ContentError):
    """The bytes that came have another digest than the one that was asked for."""


class SizeMismatch(ContentError):
    """More or fewer bytes came than the descriptor says."""


class SeedIncomplete(RegplanError):
    """Seeding wrote some of the content and not all; running it again goes on from there."""

    exit_code = 5

    def __init__(
        self, message: str, *, failed: Sequence[str] = (), blocked: Sequence[str] = (), journal: str | None = None
    ) -> None:
        """Keep what failed for good, what waits for it, and the file that says what is done."""
        super().__init__(message)
        self.failed = tuple(failed)
        self.blocked = tuple(blocked)
        self.journal = journal


class RecordIncomplete(RegplanError):
    """Recording wrote some of the content and not all; what the recording held before can still be read."""

    exit_code = 5
