"""`doctor HOST:PORT`: what a host is, whether we may trust it and it us, and what mends what does not serve."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.oci.reference import without_password
from regplan.registry.credentials import Credentials
from regplan.verbs.doctor import Check, State
from regplan.verbs.options import Options
from regplan.verbs.portal import run_blocking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.probe import Certificate, HostFound, LoginFound, TlsFound

__all__ = ["checks_of", "examine_hosts", "host_of", "mends_of"]

_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_SOON_DAYS: Final = 30
_PALETTE_PORT: Final = ":30003"
_TRUST: Final = {
    "system": "trusted by this machine's CAs",
    "ca-cert": "trusted with --ca-cert",
    "fingerprint": "pinned with --tls-fingerprint",
}
# Palette's docs name the first in a profile of Registry Connect; the second is where Harbor's pack and chart put it.
_SECRETS: Final = {
    "Zot": ("zot-tls", "zot-system", "documented by Palette"),
    "Harbor": ("harbor-ingress-tls", "harbor", "usual for Palette's Harbor pack"),
}
_WORDS: Final = {
    "unknown-ca": "signed by an unknown CA",
    "self-signed": "signed by itself, by no CA",
    "other-name": "for another name",
    "expired": "expired",
    "not-yet-valid": "not valid yet",
    "other-certificate": "another certificate than the pinned one",
    "client-certificate": "it wants a client certificate",
}


def host_of(text: str) -> str:
    """Read HOST[:PORT], also as docker://HOST[:PORT]/...; raises `InputError`.

    >>> host_of("10.0.0.5:30003"), host_of("docker://10.0.0.5:30003/spectro-images")
    ('10.0.0.5:30003', '10.0.0.5:30003')
    """
    host = text.removeprefix("docker://").partition("/")[0] if text.startswith("docker://") else text
    if _HOST.fullmatch(host) is None:
        raise InputError(f"{without_password(text)!r} is not a host; write HOST or HOST:PORT, such as 10.0.0.5:30003")
    return host.lower()


def examine_hosts(hosts: Sequence[str], options: Options | None = None) -> tuple[HostFound, ...]:
    """Look at hosts one after the other, blocking; what fails stands in what is found.

    Raises `InputError` for what is no host, for certificate files that cannot be used, and offline.
    """
    told = options or Options()
    named = list(dict.fromkeys(map(host_of, hosts)))
    if told.connection.offline:
        raise InputError("being offline allows no connection, and a host can only be looked at over one")

    async def look() -> tuple[HostFound, ...]:
        from regplan.registry.probe import examine_host

        credentials = Credentials(told.connection, told.environment)
        return tuple([await examine_host(host, told.connection, credentials) for host in named])

    return run_blocking(look)


def checks_of(found: HostFound) -> tuple[Check, ...]:
    """Tell what was found of a host, one check a line."""
    if found.problem:
        return (Check("reach", State.PROBLEM, found.problem),)
    return (*_reached(found), *_certificates(found.tls), *_registry(found))


def mends_of(found: HostFound) -> tuple[str, ...]:
    """List the options and commands that mend what does not serve, each ready to be pasted."""
    tls = found.tls
    if tls is None or not tls.problem:
        return ()
    return tuple(_mends(found, tls))


def _reached(found: HostFound) -> Iterator[Check]:
    status = "" if found.status is None else f", HTTP {found.status} from /v2/"
    if found.tls is None:
        yield Check("reach", State.OK, f"it answers in plain HTTP{status}")
        return
    version = (
        f"it answers in {found.tls.version}{status}" if found.tls.version else "it answers, and ends the handshake"
    )
    yield Check("reach", State.OK, version)
    if found.tls.problem:
        words = _WORDS.get(found.tls.problem, "not accepted")
        yield Check("trust", State.PROBLEM, words, found.tls.reason)
    else:
        yield Check("trust", State.OK, _TRUST[found.tls.trusted_by])


def _certificates(tls: TlsFound | None) -> Iterator[Check]:
    for place, each in enumerate(() if tls is None else tls.chain):
        name = "certificate" if place == 0 else f"issuer {place}"
        yield Check(name, _state(each), _certificate(each), each.fingerprint)


def _state(certificate: Certificate) -> State:
    days = certificate.days_left
    if days is None or days >= _SOON_DAYS:
        return State.OK
    return State.PROBLEM if days < 0 else State.SOON


def _certificate(each: Certificate) -> str:
    if not each.subject and not each.not_after:
        return "its fields cannot be read by this Python"
    names = f" for {', '.join(each.names)}" if each.names else ""
    issuer = "itself" if each.is_self_signed else each.issuer
    left = "" if each.days_left is None else f", {_days(each.days_left)}"
    return f"{each.subject or 'no subject'}{names}; by {issuer}; {each.not_before[:10]} to {each.not_after[:10]}{left}"


def _days(left: int) -> str:
    if left < 0:
        return f"expired {-left} days ago" if left < -1 else "expired"
    return f"{left} days left" if left != 1 else "1 day left"


def _registry(found: HostFound) -> Iterator[Check]:
    kind = found.kind
    if kind is None:
        return
    version = f" {kind.version}" if kind.version else ""
    yield Check("kind", State.OK if kind.is_registry else State.PROBLEM, f"{kind.name}{version} ({kind.evidence})")
    if found.login is not None:
        yield _login(found.login, found.host)
    if found.login is not None and found.login.accepted is not None:
        state = State.OK if found.referrers == "supported" else State.ABSENT
        yield Check("referrers", state, _REFERRERS[found.referrers])
    if (limit := found.rate_limit) is not None:
        window = "" if limit.window_s is None else f" in {limit.window_s / 3600:g} h"
        source = f", counted for {limit.source}" if limit.source else ""
        left = State.OK if limit.remaining is None or limit.remaining else State.PROBLEM
        remaining, most = ("unknown" if each is None else each for each in (limit.remaining, limit.limit))
        yield Check("pulls", left, f"{remaining} of {most} left{window}{source}")


_REFERRERS: Final = {
    "supported": "the referrers API is supported",
    "unsupported": "no referrers API; tags stand in for it",
    "unknown": "not known: no repository is listed to ask about",
}


def _login(login: LoginFound, host: str) -> Check:
    how = {"none": "none is asked for", "other": "asked for in no known way"}.get(login.scheme, login.scheme)
    realm = f", {login.realm}" if login.realm and login.scheme == "bearer" else ""
    service = f" for {login.service}" if login.service else ""
    whose = f"; login from {login.origin}" if login.origin else "; no login is known"
    if login.scheme == "none":
        return Check("login", State.OK, f"{how}{f', and one is known from {login.origin}' if login.origin else ''}")
    if login.accepted is None:
        return Check("login", State.ABSENT, f"{how}{realm}{service}{whose}, and none is sent without trust")
    if login.accepted:
        whom = whose if login.origin else "; anybody is let in"
        return Check(
            "login",
            State.OK,
            f"{how}{realm}{service}{whom}, accepted" if login.origin else f"{how}{realm}{service}{whom}",
        )
    if login.scheme == "bearer" and not login.origin:
        # Many registries give anybody tokens for public images, and none for nothing in particular.
        known = f"{how}{realm}{service}{whose}; public images may still be had"
        return Check("login", State.ABSENT, known, login.reason)
    return Check("login", State.PROBLEM, f"{how}{realm}{service}{whose}", login.reason or f"run docker login {host}")


def _mends(found: HostFound, tls: TlsFound) -> Iterator[str]:
    host, problem = found.host, tls.problem
    pin = f"--tls-fingerprint={host}={tls.chain[0].fingerprint}" if tls.chain else ""
    if problem == "unknown-ca":
        yield from _from_palette(found)
        yield f"--ca-cert={host}={_file(host)}"
    if problem == "client-certificate":
        yield f"--client-cert={host}=FILE --client-key={host}=FILE"
    if problem == "other-name" and tls.chain:
        _, colon, port = host.rpartition(":") if not host.endswith("]") else ("", "", "")
        names = [name for name in tls.chain[0].names if "*" not in name]
        yield from (f"regplan doctor {_bracketed(name)}{colon}{port}" for name in names[:3])
    if pin and problem != "client-certificate":
        yield pin


def _from_palette(found: HostFound) -> Iterator[str]:
    """Tell the command that fetches the CA out of the cluster, where this is a primary registry of Palette's."""
    kind = "" if found.kind is None else found.kind.name
    is_one = kind in _SECRETS or found.host.endswith(_PALETTE_PORT)
    for name, (secret, namespace, origin) in _SECRETS.items():
        if is_one and (kind == name or kind not in _SECRETS):
            yield f"# {name}, {origin}: secret {secret} in {namespace}"
            command = f"kubectl get secret {secret} --namespace {namespace} --output jsonpath='{{.data.ca\\.crt}}'"
            yield f"{command} | base64 --decode > {_file(found.host)}"


def _file(host: str) -> str:
    """Name a file for a host's CA as every file system takes it.

    >>> _file("10.0.0.5:30003"), _file("[::1]:5000")
    ('10.0.0.5-30003-ca.crt', '1-5000-ca.crt')
    """
    return f"{re.sub(r'[^0-9A-Za-z.]+', '-', host).strip('-')}-ca.crt"


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name
