"""The distribution specification on the wire: paths, headers, paging and locations; pure.

Source: distribution-spec 1.1, "Endpoints", and RFC 9110 for the headers.
"""

from __future__ import annotations

import email.utils
import ipaddress
import json
import math
import re
from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from regplan.errors import DigestMismatch, InvalidDigest, RegistryError
from regplan.oci.digest import Digest
from regplan.oci.mediatype import ACCEPT, OCI_INDEX
from regplan.registry.redact import redact_url
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


__all__ = [
    "ACCEPT_INDEX",
    "ACCEPT_MANIFESTS",
    "MOST_CONFIG_BYTES",
    "MOST_ERROR_BYTES",
    "MOST_MANIFEST_BYTES",
    "Answer",
    "Challenge",
    "blob_path",
    "catalog_path",
    "check_digest_header",
    "check_range",
    "digest_header",
    "leads_inside",
    "manifest_path",
    "next_link",
    "origin_of",
    "parse_challenges",
    "parse_names",
    "range_header",
    "referrers_path",
    "resolve_location",
    "retry_after_s",
    "says_distribution",
    "says_version",
    "says_zot",
    "size_of",
    "tag_of_referrers",
    "tags_path",
    "upload_path",
    "with_digest",
    "without_user",
]

ACCEPT_MANIFESTS: Final = ", ".join(ACCEPT)
ACCEPT_INDEX: Final = OCI_INDEX
MOST_MANIFEST_BYTES: Final = 4 * 2**20
MOST_CONFIG_BYTES: Final = 8 * 2**20
MOST_ERROR_BYTES: Final = 64 * 2**10

_PORTS: Final = {"http": 80, "https": 443}
_WORD_SET: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAMETER = re.compile(rf'({_WORD_SET})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_WORD_SET}))')
_WORD = re.compile(_WORD_SET)
_AS_IT_IS = re.compile(r"[!\"$-~]+[!\"$->@-~]")  # no fragment, no empty query
# Of more digits than any size has: Python refuses to read some thousands of them.
_MOST_DIGITS: Final = 19
_PLACES = re.compile(r"bytes\s+(\d{1,18})-(\d{1,18})(?!\d)", re.ASCII)
_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[^,;=]+(?:=(?:\"[^\"]*\"|[^,;]*))?)*)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a registry answered: header names are in lower case, `body` is bounded and not shown."""

    method: str
    url: str = field(repr=False)
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in that a 401 offers: the scheme in lower case and its parameters."""

    scheme: str
    parameters: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """Tell a parameter, or ""."""
        return dict(self.parameters).get(name, "")


def manifest_path(repository: str, target: str) -> str:
    """Tell the path of a manifest; `target` is a tag or a digest.

    >>> manifest_path("library/nginx", "1.27")
    '/v2/library/nginx/manifests/1.27'
    """
    return f"/v2/{quote(repository)}/manifests/{quote(target, safe=':')}"


def blob_path(repository: str, digest: Digest) -> str:
    """Tell the path of a blob."""
    return f"/v2/{quote(repository)}/blobs/{digest}"


def upload_path(repository: str, mount: Digest | None = None, source: str | None = None) -> str:
    """Tell the path that starts an upload, or mounts a blob from the repository `source` of the same registry.

    >>> upload_path("a/b")
    '/v2/a/b/blobs/uploads/'
    """
    path = f"/v2/{quote(repository)}/blobs/uploads/"
    if mount is None:
        return path
    origin = f"&from={quote(source, safe='')}" if source else ""
    return f"{path}?mount={quote(str(mount), safe='')}{origin}"


def referrers_path(repository: str, digest: Digest) -> str:
    """Tell the path of the list of what refers to `digest`."""
    return f"/v2/{quote(repository)}/referrers/{digest}"


def tag_of_referrers(digest: Digest) -> str:
    """Tell the tag under which referrers are listed where there is no referrers API ("Referrers Tag Schema")."""
    return f"{digest.algorithm[:32]}-{digest.encoded[:64]}"


def catalog_path(limit: int) -> str:
    """Tell the path of the list of repositories."""
    return f"/v2/_catalog?n={limit}"


def tags_path(repository: str, limit: int) -> str:
    """Tell the path of the list of a repository's tags.

    >>> tags_path("library/nginx", 100)
    '/v2/library/nginx/tags/list?n=100'
    """
    return f"/v2/{quote(repository)}/tags/list?n={limit}"


def range_header(first: int, last: int) -> str:
    """Tell the Range of the bytes `first` to `last`, both included: some registries refuse an open end.

    >>> range_header(0, 99)
    'bytes=0-99'
    """
    return f"bytes={first}-{last}"


def origin_of(url: str) -> tuple[str, str, int]:
    """Tell scheme, host and port: credentials never go from one origin to another; raises `RegistryError`.

    >>> origin_of("https://A.example/x"), origin_of("http://[::1]:5000/")
    (('https', 'a.example', 443), ('http', '::1', 5000))
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise RegistryError(f"{redact_url(url)!r} is not a URL") from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not host:
        raise RegistryError(f"{redact_url(url)!r} is neither an http:// nor an https:// URL")
    return scheme, host, port or _PORTS[scheme]


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Read WWW-Authenticate, also where several were joined by commas (RFC 9110, 11.6.1).

    >>> parse_challenges('Bearer realm="https://a/token",service="s"')[0].get("realm")
    'https://a/token'
    """
    found: list[tuple[str, list[tuple[str, str]]]] = []
    place = 0
    while place < len(header):
        if match := _PARAMETER.match(header, place):
            value = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
            if found:
                found[-1][1].append((match[1].lower(), value))
        elif match := _WORD.match(header, place):
            found.append((match[0].lower(), []))
        place = match.end() if match else place + 1
    return tuple(Challenge(scheme, tuple(parameters)) for scheme, parameters in found)


def without_user(url: str) -> str:
    """Tell a URL without its user and password: what a server writes there is no login of ours.

    >>> without_user("https://registry.example@evil.example:8443/x?y=@")
    'https://evil.example:8443/x?y=@'
    """
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def next_link(answer: Answer, endpoint: str) -> str | None:
    """Tell the URL of the next page (RFC 8288, rel="next"), or None on the last.

    >>> next_link(Answer("GET", "https://a/v2/_catalog", 200, {"link": '</v2/_catalog?n=1&last=x>; rel="next"'}), "https://a")
    'https://a/v2/_catalog?n=1&last=x'
    """
    for target, parameters in _LINK.findall(answer.headers.get("link", "")):
        if re.search(r"rel\s*=\s*\"?[^\";]*\bnext\b", parameters, re.IGNORECASE):
            return resolve_location(answer.url, target, endpoint)
    return None


def resolve_location(url: str, location: str, endpoint: str) -> str:
    """Tell where a registry's Location or Link leads; raises `RegistryError` for where nothing should be sent.

    `url` is what was asked, `endpoint` how we reach this registry. A proxy in front makes registries name themselves
    with a wrong scheme or port: the same host name is reached as before. The query is kept as it is.

    >>> resolve_location("https://a:8443/v2/x/blobs/uploads/", "http://a/v2/x/blobs/uploads/1?_state=q", "https://a:8443")
    'https://a:8443/v2/x/blobs/uploads/1?_state=q'
    """
    if not location:
        raise RegistryError(f"{redact_url(url)}: the registry answered without a Location")
    if location.startswith(f"{endpoint}/") and _AS_IT_IS.fullmatch(location):
        return location
    try:
        parts = urlsplit(urljoin(url, location))
    except ValueError as error:
        raise RegistryError(f"{redact_url(url)}: the registry answered with a Location that is not a URL") from error
    scheme, host, _ = origin_of(urlunsplit(parts))
    ours = urlsplit(endpoint)
    if host == ours.hostname:
        return urlunsplit((ours.scheme, ours.netloc, parts.path, parts.query, ""))
    if scheme == "http" and ours.scheme == "https":
        raise RegistryError(f"{ours.netloc} sends an upload on to {host} over plain HTTP; it is not followed")
    if leads_inside(host, ours.hostname or ""):
        raise RegistryError(f"{ours.netloc} sends an upload on to the internal address {host}; it is not followed")
    return without_user(urlunsplit(parts._replace(fragment="")))


def with_digest(location: str, digest: Digest) -> str:
    """Tell the URL that closes an upload: the session's Location, its query kept, and the digest.

    >>> with_digest("https://a/u/1?a=1&a=2&e=", Digest("sha256", "00"))
    'https://a/u/1?a=1&a=2&e=&digest=sha256%3A00'
    """
    joint = "&" if "?" in location else "?"
    return f"{location}{joint}digest={quote(str(digest), safe='')}"


def digest_header(headers: Mapping[str, str]) -> Digest | None:
    """Tell Docker-Content-Digest, or None where it is absent or no digest."""
    try:
        return Digest.parse(headers.get("docker-content-digest", ""))
    except InvalidDigest:
        return None


def says_distribution(headers: Mapping[str, str]) -> bool:
    """Tell whether a registry says that it is a distribution, as `regplan serve` does too, which takes more than that does.

    >>> says_distribution({"docker-distribution-api-version": "registry/2.0"}), says_distribution({"server": "zot"})
    (True, False)
    """
    return says_version(headers) and headers.get("server") != "regplan"


def says_version(headers: Mapping[str, str]) -> bool:
    """Tell whether an answer about a manifest names the API's version, as Docker's registry does and what is built on it.

    Zot's names none.

    >>> says_version({"docker-distribution-api-version": "registry/2.0"}), says_version({"content-length": "0"})
    (True, False)
    """
    return "docker-distribution-api-version" in headers


def says_zot(headers: Mapping[str, str]) -> bool:
    """Tell whether an answer to a HEAD for a manifest is Zot's: it names the header by which its own pages are known.

    >>> says_zot({"access-control-allow-headers": "Authorization,content-type,X-ZOT-API-CLIENT"}), says_zot({})
    (True, False)
    """
    return "x-zot-api-client" in headers.get("access-control-allow-headers", "").lower()


def check_digest_header(headers: Mapping[str, str], digest: Digest, what: str) -> None:
    """Hold Docker-Content-Digest, where there is one, to `digest`; raises `DigestMismatch` naming `what`."""
    said = digest_header(headers)
    if said is not None and said.algorithm == digest.algorithm and said != digest:
        raise DigestMismatch(f"{what}: the registry says {said}, and the bytes are {digest}")


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Tell how many seconds Retry-After asks to wait, given as seconds or as a date; None where it says nothing.

    >>> from datetime import datetime, UTC
    >>> retry_after_s({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, datetime(2026, 10, 21, 7, 27, 30, tzinfo=UTC))
    30.0
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (email.utils.parsedate_to_datetime(value) - now).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def parse_names(body: bytes, key: str, host: str) -> tuple[str, ...]:
    """Read a list of names: a catalogue's "repositories" or a repository's "tags"; raises `RegistryError`."""
    try:
        document = json.loads(body)
        names = document[key] or []
        return tuple(str(name) for name in names)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RegistryError(f"{host} answered with something that is not a list of {key}") from error


def size_of(headers: Mapping[str, str]) -> int | None:
    """Tell Content-Length, or None where it is absent or no number."""
    value = headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS else None


def check_range(headers: Mapping[str, str], first: int, what: str, last: int | None = None) -> None:
    """Hold the Content-Range of a 206 to the offsets that were asked for; raises `RegistryError`."""
    match = _PLACES.match(headers.get("content-range", ""))
    if match is None or int(match[1]) != first or (last is not None and int(match[2]) != last):
        raise RegistryError(f"{what}: another part came than was asked for", status=206)


def leads_inside(host: str, peer: str) -> bool:
    """Tell whether a redirect by `peer` to `host` leads to an address that is none of the sender's business.

    That is a link-local, multicast or unspecified address always (cloud metadata), this machine for who is not on it,
    and a private address for who is not at a private one himself: what this machine serves leads to no host around it.
    A name that is no address is not looked up.

    >>> leads_inside("169.254.169.254", "10.0.0.5"), leads_inside("10.0.0.9", "10.0.0.5"), leads_inside("10.0.0.9", "1.1.1.1")
    (True, False, True)
    >>> leads_inside("127.0.0.1", "10.0.0.5"), leads_inside("10.0.0.9", "127.0.0.1"), leads_inside("cdn.example", "1.1.1.1")
    (True, True, False)
    """
    target = _address(host)
    if target is None:
        return False
    sender = _address(peer)
    if target.is_link_local or target.is_multicast or target.is_unspecified:
        return True
    if target.is_loopback:
        return sender is None or not sender.is_loopback
    return not target.is_global and (sender is None or sender.is_global or sender.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
