from __future__ import annotations

import errno
import socket
import ssl

import httpx
import pytest

from regplan.errors import InputError, Unreachable
from regplan.registry.faults import explain_failure
from regplan.registry.retry import Fault


def caused(outer: Exception, *inner: BaseException) -> Exception:
    """The outer exception as it comes when the inner ones led to it."""
    outer.__cause__ = inner[0] if len(inner) == 1 else BaseExceptionGroup("several", list(inner))
    return outer


def tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}]")
    error.reason = reason
    return error


def certificate(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "unsuitable purpose"
    return error


@pytest.mark.parametrize(
    ("error", "fault", "words"),
    [
        (httpx.ConnectTimeout("x"), Fault.REFUSED, "no answer within 10 s"),
        (caused(httpx.ConnectError("x"), socket.gaierror(-2, "unknown")), Fault.REFUSED, "no host of this name"),
        (caused(httpx.ConnectError("x"), ConnectionRefusedError()), Fault.REFUSED, "connection refused"),
        (
            caused(httpx.ConnectError("x"), TimeoutError(), ConnectionRefusedError()),
            Fault.REFUSED,
            "connection refused",
        ),
        (
            caused(httpx.ConnectError("x"), OSError(errno.ENETUNREACH, "Network is unreachable")),
            Fault.REFUSED,
            "Network is unreachable",
        ),
        (httpx.ConnectError("x"), Fault.REFUSED, "no connection; check the address"),
        (httpx.ProxyError("407 Proxy Authentication Required"), Fault.REFUSED, "the proxy on the way refuses (407"),
        (httpx.ReadTimeout("x"), Fault.SILENT, "silence for more than 30 s"),
        (httpx.WriteTimeout("x"), Fault.SILENT, "silence for more than 60 s"),
        (httpx.ReadError("reset"), Fault.BROKEN, "the connection to r.example broke (reset)"),
        (httpx.RemoteProtocolError(""), Fault.BROKEN, "broke (RemoteProtocolError)"),
        (OSError(errno.ECONNRESET, "reset by peer"), Fault.REFUSED, "reset by peer"),
        (caused(httpx.ConnectError("x"), tls("WRONG_VERSION_NUMBER")), Fault.FINAL, "say --plain-http=r.example"),
        (
            caused(httpx.ReadError("x"), tls("TLSV13_ALERT_CERTIFICATE_REQUIRED")),
            Fault.FINAL,
            "--client-cert=r.example=",
        ),
        (
            caused(httpx.ConnectError("x"), tls("SSLV3_ALERT_HANDSHAKE_FAILURE")),
            Fault.FINAL,
            "if it wants a client certificate, give --client-cert=r.example=FILE",
        ),
        (caused(httpx.ConnectError("x"), tls("NO_PROTOCOLS_AVAILABLE")), Fault.FINAL, "no protocols available"),
        (caused(httpx.ConnectError("x"), certificate(10)), Fault.FINAL, "has expired"),
        (caused(httpx.ConnectError("x"), certificate(9)), Fault.FINAL, "not valid yet"),
        (caused(httpx.ConnectError("x"), certificate(62)), Fault.FINAL, "for another name"),
        (caused(httpx.ConnectError("x"), certificate(64)), Fault.FINAL, "for another name"),
        (caused(httpx.ConnectError("x"), certificate(20)), Fault.FINAL, "--ca-cert=r.example=FILE"),
        (caused(httpx.ConnectError("x"), certificate(26)), Fault.FINAL, "unsuitable purpose"),
        (caused(httpx.ReadError("closed"), ssl.SSLEOFError(8, "eof")), Fault.BROKEN, "broke"),
    ],
)
def test_each_failure_below_http_is_one_sentence(error: Exception, fault: Fault, words: str) -> None:
    failure = explain_failure(error, "r.example", "GET https://r.example/v2/")

    assert failure.fault is fault
    assert isinstance(failure.error, Unreachable)
    assert words in str(failure.error)
    assert "r.example" in str(failure.error)
    assert "\n" not in str(failure.error)
    assert failure.error.retryable is (fault is not Fault.FINAL)
    assert failure.error.request == "GET https://r.example/v2/"


@pytest.mark.parametrize("error", [httpx.InvalidURL("x"), httpx.UnsupportedProtocol("x")])
def test_an_address_that_is_none_is_the_users(error: Exception) -> None:
    assert isinstance(explain_failure(error, "r.example", "GET x").error, InputError)


def test_secrets_in_the_librarys_words_are_hidden() -> None:
    failure = explain_failure(httpx.ReadError("https://cdn.example/?sig=s3cr3t broke"), "r.example", "GET x")

    assert "s3cr3t" not in str(failure.error)


def test_errors_that_led_to_each_other_are_explained_like_any() -> None:
    error = httpx.ConnectError("x")
    error.__cause__ = tls("WRONG_VERSION_NUMBER")
    error.__cause__.__cause__ = error
    alone = httpx.ReadTimeout("x")
    alone.__cause__ = alone

    assert explain_failure(error, "r.example", "GET https://r.example/v2/").fault is Fault.FINAL
    assert explain_failure(alone, "r.example", "GET https://r.example/v2/").fault is Fault.SILENT
