"""`--plain-http`, `--ca-cert` and their kin, as values: bare for all hosts, `HOST:PORT=…` for one."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from regplan.errors import InputError
from regplan.oci.reference import without_password
from regplan.patterns import pattern
from regplan.registry.options import ALL_HOSTS, ConnectionOptions, Credential, HostOptions, Login, Secret
from regplan.store.files import user_path
from regplan.verbs.arguments import classify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["connection_options", "secret_line"]

_HOST = pattern(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?|\*")
_MOST_SECRET = 64 * 2**10
_WORDS = {"true": True, "false": False}


def connection_options(told: Mapping[str, Any], named: Sequence[Sequence[str]]) -> ConnectionOptions:
    """Gather what was said of hosts.

    `named` are the targets, the sources and the images: `--username` is for the only registry of the first that has one.

    Raises `InputError` for a value that cannot be, and for a user where several registries are named.
    """
    by_host: dict[str, dict[str, object]] = {}
    for text in told["plain_http"]:
        by_host.setdefault(_host(text, "--plain-http"), {})["plain_http"] = True
    for text in told["tls_verify"]:
        host, word = _split(text)
        if word not in _WORDS:
            raise InputError(f"--tls-verify {text!r}: write true or false, or HOST:PORT=false")
        by_host.setdefault(host, {})["tls_verify"] = _WORDS[word]
    for name in ("ca_cert", "client_cert", "client_key"):
        for text in told[name]:
            host, value = _split(text)
            by_host.setdefault(host, {})[name] = _file(value, name)
    for text in told["tls_fingerprint"]:
        host, value = _split(text)
        by_host.setdefault(host, {})["tls_fingerprint"] = value
    hosts = {host: HostOptions(**said) for host, said in by_host.items()}  # type: ignore[arg-type]
    return ConnectionOptions(hosts, told["offline"], _login(told, [_hosts(texts) for texts in named]))


def secret_line(option: str) -> Secret:
    """Read the one line of standard input that `option` asks for; raises `InputError` where none comes."""
    # A program started without standard input (`<&-`, a service) has none at all.
    secret = Secret(sys.stdin.readline(_MOST_SECRET).rstrip("\r\n") if sys.stdin is not None else "")
    if not secret:
        raise InputError(f"{option}: nothing came on standard input")
    return secret


def _host(text: str, option: str) -> str:
    if _HOST.fullmatch(text) is None:
        shown = without_password(text)
        raise InputError(f"{option} {shown!r}: write HOST or HOST:PORT, without a scheme and without a path")
    return text


def _split(text: str) -> tuple[str, str]:
    """Split `HOST:PORT=VALUE`; a path may hold an equals sign too, so the part before it must look like a host."""
    host, equals, value = text.partition("=")
    if equals and _HOST.fullmatch(host) and ("." in host or ":" in host or host in {"localhost", "*"}):
        return host, value
    return ALL_HOSTS, text


def _file(value: str, option: str) -> Path:
    path = user_path(value)
    if not path.is_file():
        raise InputError(f"--{option.replace('_', '-')} {value}: no such file")
    return path


def _hosts(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(host for text in texts if (host := _registry_of(text))))


def _login(told: Mapping[str, Any], choices: Sequence[list[str]]) -> Login | None:
    if told["username"] is None and not told["password_stdin"]:
        return None
    if told["username"] is None or not told["password_stdin"]:
        raise InputError("--username and --password-stdin go together; a password on the command line is never read")
    hosts = next((each for each in choices if each), [])
    targets = choices[0]
    if len(hosts) != 1 and not targets:
        raise InputError("--username needs one registry to be for: name it with --to, --at or one --from docker://HOST")
    credential = Credential(told["username"], secret_line("--password-stdin"), origin="the command line")
    # Several targets are nodes of one registry.
    return Login(hosts[0], credential, tuple(targets[1:]))


def _registry_of(text: str) -> str:
    """Tell the registry that a target, a source or an image names; "" for files, and for Docker Hub's short names."""
    if text.startswith("docker://"):
        return text.removeprefix("docker://").partition("/")[0]
    with suppress(InputError):
        argument = classify(text)
        if argument.reference is not None and "/" in text:
            return argument.reference.registry
    return ""
