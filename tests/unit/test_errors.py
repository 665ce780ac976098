from __future__ import annotations

import copy
import inspect
import pickle

import pytest

from regplan import errors
from regplan.errors import (
    ContentError,
    ErrorInfo,
    InputError,
    InvalidProfile,
    InvalidSite,
    MissingExtra,
    QuotaExceeded,
    RateLimited,
    RegistryError,
    RegplanError,
    SeedIncomplete,
    Unreachable,
)

INPUT = ("InvalidDigest", "InvalidManifest", "InvalidProfile", "InvalidQuantity", "InvalidReference", "InvalidSite")
REGISTRY = ("Unreachable", "Unauthorized", "Denied", "NotFound", "RateLimited", "Unsupported", "QuotaExceeded")
CONTENT = ("DigestMismatch", "SizeMismatch")


@pytest.mark.parametrize(
    ("name", "parent", "exit_code"),
    [
        ("RegplanError", Exception, 1),
        ("InputError", RegplanError, 2),
        ("RegistryError", RegplanError, 3),
        ("ContentError", RegplanError, 3),
        ("SeedIncomplete", RegplanError, 5),
        ("MissingExtra", InputError, 2),
        *((name, InputError, 2) for name in INPUT),
        *((name, RegistryError, 3) for name in REGISTRY),
        *((name, ContentError, 3) for name in CONTENT),
    ],
)
def test_an_error_has_its_place_in_the_tree_and_its_exit_code(name: str, parent: type, exit_code: int) -> None:
    error = getattr(errors, name)

    assert error.__bases__[0] is parent
    assert error.exit_code == exit_code
    assert name in (errors.__doc__ or "") or name == "InputError"


def test_every_public_error_stands_in_the_tree_that_the_module_draws() -> None:
    public = [name for name in errors.__all__ if inspect.isclass(getattr(errors, name)) and name != "ErrorInfo"]

    assert [name for name in public if name not in (errors.__doc__ or "")] == []
    assert all(issubclass(getattr(errors, name), RegplanError) for name in public)


def test_wrong_input_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="no good"):
        raise errors.InvalidDigest("no good")


def test_the_message_is_what_a_user_reads() -> None:
    assert Unreachable("host: no answer").message == "host: no answer"


@pytest.mark.parametrize("kind", [InvalidProfile, InvalidSite])
def test_all_problems_are_told_together(kind: type[InvalidProfile | InvalidSite]) -> None:
    error = kind("site.yaml: 2 problems", ["line 3: name", "line 7: hosts"])

    assert error.problems == ("line 3: name", "line 7: hosts")
    assert str(error) == "site.yaml: 2 problems\n  - line 3: name\n  - line 7: hosts"
    assert str(kind("site.yaml is empty")) == "site.yaml is empty"


def test_a_missing_extra_tells_the_pip_line() -> None:
    error = MissingExtra("The screen", "tui")

    assert str(error) == "The screen needs an optional part: pip install 'regplan[tui]'"
    assert error.extra == "tui"


def test_a_registry_error_keeps_what_a_caller_decides_by() -> None:
    error = RegistryError(
        "no", status=503, errors=[ErrorInfo("UNKNOWN", "down")], request="GET https://r/v2/", retryable=True
    )

    assert (error.status, error.errors, error.request, error.retryable) == (
        503,
        (ErrorInfo("UNKNOWN", "down"),),
        "GET https://r/v2/",
        True,
    )


def test_a_registry_error_is_not_worth_another_try_unless_that_is_said() -> None:
    error = QuotaExceeded("full")

    assert (error.status, error.errors, error.request, error.retryable) == (None, (), "", False)


def test_too_many_requests_can_be_tried_again_later() -> None:
    error = RateLimited("slow down", retry_after_s=2.5, request="GET https://r/v2/")

    assert (error.status, error.retryable, error.retry_after_s) == (429, True, 2.5)
    assert RateLimited("slow down").retry_after_s is None


def test_an_incomplete_seeding_keeps_what_failed_and_what_waits() -> None:
    error = SeedIncomplete("2 left", failed=["a"], blocked=["b", "c"])

    assert (error.failed, error.blocked, error.journal) == (("a",), ("b", "c"), None)


@pytest.mark.parametrize(
    "error",
    [
        InvalidSite("site.yaml", ["line 3"]),
        MissingExtra("The screen", "tui"),
        RegistryError("no", status=500, errors=[ErrorInfo("X")], retryable=True),
        RateLimited("slow", retry_after_s=3),
        SeedIncomplete("left", failed=["a"], blocked=["b"]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_travels_whole_between_processes(error: RegplanError) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301  our own bytes
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert vars(other) == vars(error)
