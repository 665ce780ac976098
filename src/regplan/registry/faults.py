"""What went wrong below HTTP, in words: the one place where the HTTP library's exceptions end."""

from __future__ import annotations

import copy
import socket
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import httpx

from regplan.errors import InputError, RegistryError, RegplanError, SizeMismatch, Unreachable
from regplan.registry.proxies import told_proxy
from regplan.registry.redact import redact_text
from regplan.registry.retry import Fault
from regplan.registry.tls import PinMismatch, explain_tls, tls_problem
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CONNECT_S",
    "READ_S",
    "SEND_S",
    "SMALL_ANSWER_S",
    "TRANSPORT_ERRORS",
    "Failure",
    "explain_failure",
    "perhaps_tls",
    "slow_answer",
]

CONNECT_S: Final = 10.0
READ_S: Final = 30.0  # of silence
SEND_S: Final = 60.0  # in which a chunk is taken, and of silence after a blob's last byte: some registries hash it then
SMALL_ANSWER_S: Final = 60.0  # in all

# `InvalidURL` stands beside httpx's tree; OSError is what slips through on Windows, and UnicodeError where a redirect names
# a host that is no name, which the library reads though it is not to follow.
TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, PinMismatch, OSError, UnicodeError)


@dataclass(frozen=True, slots=True)
class Failure:
    """A request without an answer: what kind it is for the retry policy, and the error that a user reads.

    `tls` names what was wrong with the handshake, as `tls_problem` does, "" where that was not it.
    """

    fault: Fault
    error: RegplanError
    tls: str = ""

    @property
    def given_up(self) -> RegplanError:
        """The error where the request was tried as often as it may be: silence costs too much to be tried again."""
        if self.fault is not Fault.SILENT or not isinstance(self.error, RegistryError):
            return self.error
        return Unreachable(str(self.error), request=self.error.request)


def explain_failure(error: Exception, host: str, request: str, read_s: float = READ_S) -> Failure:
    """Tell what `error` of the HTTP library means for `host`; `request` is the redacted "METHOD URL".

    `read_s` is how many seconds of silence were borne.
    """
    fault, sentence = _explain(error, host, told_proxy(request.partition(" ")[2]), read_s)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return Failure(fault, InputError(sentence))
    if isinstance(error, httpx.LocalProtocolError):
        return Failure(fault, SizeMismatch(sentence))
    told = Unreachable(sentence, request=request, retryable=fault is not Fault.FINAL)
    return Failure(fault, told, _tls_problem(error))


def perhaps_tls(failure: Failure) -> Failure:
    """Add what a broken connection means where a host that never answered was asked in plain HTTP: it may speak TLS."""
    error = failure.error
    if failure.fault is not Fault.BROKEN or not isinstance(error, RegistryError) or " http://" not in error.request:
        return failure
    told = copy.copy(error)
    told.args = (f"{error}; if it speaks TLS, leave out --plain-http",)
    return replace(failure, error=told)


def slow_answer(host: str, request: str) -> Failure:
    """Tell that a small answer of `host` was not whole in time, which a second try would hardly mend."""
    sentence = f"{host} cannot be reached: its answer was not whole after {SMALL_ANSWER_S:.0f} s"
    return Failure(Fault.FINAL, Unreachable(sentence, request=request))


def _explain(error: Exception, host: str, proxy: str, read_s: float) -> tuple[Fault, str]:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, PinMismatch):
            return Fault.FINAL, (
                f"{host} shows another certificate than the pinned one: sha256:{cause.shown}; "
                "if it was renewed and this is it, pin it anew"
            )
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return Fault.FINAL, explain_tls(cause, host)
    # httpx's own tree first: its errors are no OSErrors, and those that are came past it.
    kinds: tuple[tuple[type[Exception], Fault, str], ...] = (
        (
            httpx.ConnectTimeout,
            Fault.REFUSED,
            f"no answer within {CONNECT_S:.0f} s; check the address and the firewall",
        ),
        (httpx.ConnectError, Fault.REFUSED, _explain_connect(causes)),
        (httpx.ProxyError, Fault.REFUSED, f"the proxy on the way refuses ({redact_text(str(error))})"),
        (httpx.WriteTimeout, Fault.SILENT, f"silence for more than {SEND_S:.0f} s"),
        (httpx.TimeoutException, Fault.SILENT, f"silence for more than {read_s:.0f} s"),
        (httpx.LocalProtocolError, Fault.FINAL, "more or fewer bytes were to be sent than announced"),
        (httpx.InvalidURL, Fault.FINAL, "its address makes no valid URL"),
        (httpx.UnsupportedProtocol, Fault.FINAL, "its address makes no valid URL"),
        (OSError, Fault.REFUSED, _explain_connect(causes)),
    )
    for kind, fault, words in kinds:
        if isinstance(error, kind):
            # Through a proxy it is the proxy that was not reached, or that was silent: whose address is to be checked.
            through = f" through {proxy}" if proxy and fault is not Fault.FINAL else ""
            return fault, f"{host} cannot be reached{through}: {words}"
    return Fault.BROKEN, f"the connection to {host} broke ({redact_text(str(error)) or type(error).__name__})"


def _tls_problem(error: Exception) -> str:
    for cause in _causes(error):
        if isinstance(cause, PinMismatch | ssl.SSLError) and not isinstance(
            cause, ssl.SSLEOFError | ssl.SSLZeroReturnError
        ):
            return tls_problem(cause)
    return ""


def _explain_connect(causes: list[BaseException]) -> str:
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        return "no host of this name is known; check the spelling and the name server"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "nothing listens there (connection refused); check host and port"
    numbered = [cause for cause in causes if isinstance(cause, OSError) and cause.strerror]
    return f"{numbered[-1].strerror if numbered else 'no connection'}; check the address and the network"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and all that led to it, each once, those inside groups included."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        members = each.exceptions if isinstance(each, BaseExceptionGroup) else ()
        waiting += [each.__cause__ or each.__context__, *reversed(members)]
