"""What was found out about one host that is to be a registry: reach, certificate, kind, login, abilities, speed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.limits import RateLimit

__all__ = [
    "Certificate",
    "HostFound",
    "LinkFound",
    "LoginFound",
    "RateFound",
    "RegistryKind",
    "TlsFound",
    "UnpackFound",
]

# Several connections bring more than one does on any link, since one loses more to the growth of its window.
_CAPPED: Final = 1.5
_LEAST_PART: Final = 0.1


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of a chain; times are RFC 3339 in UTC, `fingerprint` is as `--tls-fingerprint` takes it.

    Where the chain could not be read, only the fingerprint is known and the rest is "" or None.
    """

    fingerprint: str
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    not_before: str = ""
    not_after: str = ""
    days_left: int | None = None

    @property
    def is_self_signed(self) -> bool:
        """Whether it names itself as its issuer."""
        return bool(self.subject) and self.subject == self.issuer


@dataclass(frozen=True, slots=True)
class TlsFound:
    """What a handshake showed; `chain` is as it was sent, the server's own certificate first.

    `trusted_by` is system, ca-cert, fingerprint or "" for nobody; `problem` is then unknown-ca, self-signed, other-name,
    expired, not-yet-valid, other-certificate, client-certificate or other, and `reason` says it in one sentence.
    """

    version: str = ""
    trusted_by: str = ""
    problem: str = ""
    reason: str = ""
    chain: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistryKind:
    """Which registry answers: `name` is for people, `is_registry` false for what speaks no `/v2/`; `evidence` is why."""

    name: str
    is_registry: bool
    version: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class LoginFound:
    """How a host wants to know us, and whom it took us for.

    `scheme` is none, basic, bearer or other; `origin` is where the credential stands that is used, "" where none is
    known. `accepted` is None where nothing was tried, since the connection is not trusted; `reason` says why not.
    """

    scheme: str
    realm: str = ""
    service: str = ""
    origin: str = ""
    accepted: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HostFound:
    """All that was found out about `host`; `problem` is the sentence that says why it could not be reached, else "".

    `referrers` is supported, unsupported or unknown. What comes after a failure is None.
    """

    host: str
    problem: str = ""
    tls: TlsFound | None = None
    status: int | None = None
    kind: RegistryKind | None = None
    login: LoginFound | None = None
    referrers: str = "unknown"
    rate_limit: RateLimit | None = None


@dataclass(frozen=True, slots=True)
class RateFound:
    """What so many connections brought together: bytes of bodies in seconds, counted from when they were under way."""

    connections: int
    got_bytes: int
    seconds: float

    @property
    def rate_bps(self) -> int:
        """Bits per second."""
        return round(self.got_bytes * 8 / self.seconds)


@dataclass(frozen=True, slots=True)
class LinkFound:
    """A link as it was met at one registry.

    `connect_s` is the least time in which a TCP connection was made, which is a round trip; None where a proxy stands
    between. `answer_s` is the least in which a request was answered over a connection that stood. `blob_bytes` is
    the size of the layer that was downloaded, over and over where it is small.
    """

    host: str
    blob: str
    blob_bytes: int
    connect_s: float | None
    answer_s: float
    rates: tuple[RateFound, ...]

    @property
    def rate_bps(self) -> int:
        """What the link carried at most."""
        return max(each.rate_bps for each in self.rates)

    @property
    def connection_bps(self) -> int | None:
        """What one connection gets where several get clearly more together, else None: the link is what limits it."""
        alone = self.rates[0].rate_bps
        return alone if self.rate_bps > _CAPPED * alone else None


@dataclass(frozen=True, slots=True)
class UnpackFound:
    """How fast gzip and tar wrote below a folder: bytes compressed, bytes unpacked, seconds.

    `inflate_s` are the seconds in which the same bytes are inflated and nothing is written.
    """

    folder: str
    packed_bytes: int
    unpacked_bytes: int
    seconds: float
    inflate_s: float = 0.0

    @property
    def bytes_per_s(self) -> int:
        """Unpacked bytes per second."""
        return round(self.unpacked_bytes / self.seconds)

    @property
    def inflate_bytes_per_s(self) -> int | None:
        """Compressed bytes inflated per second; None where inflating and writing cannot be told apart."""
        return round(self.packed_bytes / self.inflate_s) if self._is_apart else None

    @property
    def write_bytes_per_s(self) -> int | None:
        """Unpacked bytes per second of the time that inflating leaves; None where both cannot be told apart."""
        return round(self.unpacked_bytes / (self.seconds - self.inflate_s)) if self._is_apart else None

    @property
    def _is_apart(self) -> bool:
        # What is less than a tenth of all is as likely what others did meanwhile.
        return _LEAST_PART * self.seconds <= self.inflate_s <= (1 - _LEAST_PART) * self.seconds
