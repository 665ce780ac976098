"""Credential helpers: programs named docker-credential-NAME that keep logins in a key chain.

Source: docker/docker-credential-helpers, "Development": `get` reads a server's name and writes JSON.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.registry.options import Credential, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ask_helper"]

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TIMEOUT_S: Final = 30.0
_IDENTITY_USER: Final = "<token>"
_NOT_FOUND: Final = ("credentials not found", "credentials server url missing", "no credentials")


def ask_helper(
    name: str, server: str, environment: Mapping[str, str], where: str, *, needed: bool = True
) -> Credential | None:
    """Ask docker-credential-NAME for the login at `server`; None where it knows none.

    `where` names the file and key for messages. A helper that is not installed is an error only where it is `needed`.
    Raises `InputError`; what the helper wrote is never repeated, since it may hold the secret.
    """
    if _NAME.fullmatch(name) is None:
        raise InputError(f"{where}: {name!r} is not the name of a credential helper")
    program = shutil.which(f"docker-credential-{name}", path=environment.get("PATH"))
    if program is None:
        if needed:
            raise InputError(f"{where} names docker-credential-{name}, which is not on PATH")
        _log.debug("%s: docker-credential-%s is not on PATH", where, name)
        return None
    try:
        done = subprocess.run(
            [program, "get"],
            input=server.encode(),
            capture_output=True,
            env=dict(environment),
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"{where}: docker-credential-{name} did not answer within {_TIMEOUT_S:.0f} s") from None
    except OSError as error:
        raise InputError(f"{where}: docker-credential-{name} cannot be run ({error.strerror})") from error
    if done.returncode:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").lower()
        if any(words in said for words in _NOT_FOUND):
            return None
        raise InputError(f"{where}: docker-credential-{name} failed for {server} (exit {done.returncode})")
    return _parse(done.stdout, f"{where}: docker-credential-{name}", f"docker-credential-{name}")


def _parse(output: bytes, where: str, origin: str) -> Credential | None:
    try:
        answer = json.loads(output)
        username, secret = answer["Username"], answer["Secret"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{where} answered with something that is not a login") from None
    if not isinstance(username, str) or not isinstance(secret, str):
        raise InputError(f"{where} answered with something that is not a login")
    if not secret:
        return None
    if username == _IDENTITY_USER:
        return Credential(identity_token=Secret(secret), origin=origin)
    return Credential(username, Secret(secret), origin=origin)
