"""TLS towards one host: what is trusted, who we are, and what a failed handshake means in words."""

from __future__ import annotations

import hashlib
import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from regplan.registry.options import HostOptions

__all__ = ["PinMismatch", "explain_tls", "make_context", "parse_fingerprint", "pin_check", "tls_problem"]

_DIGITS: Final = re.compile(r"[0-9a-f]{64}")
_EXPIRED: Final = 10
_NOT_YET_VALID: Final = 9
_WRONG_NAMES: Final = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_SELF_SIGNED: Final = 18  # X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: the server's own; 19 is a CA's that came along
_UNKNOWN_CA: Final = frozenset({2, 19, 20, 21, 27})
_NO_TLS: Final = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "PACKET_LENGTH_TOO_LONG",
)


class PinMismatch(Exception):
    """The server showed another certificate than the pinned one; `shown` is its SHA-256."""

    def __init__(self, shown: str) -> None:
        """Keep what was shown."""
        super().__init__(shown)
        self.shown = shown


def parse_fingerprint(text: str) -> str:
    """Read a certificate's SHA-256, with or without "sha256:" and colons; raises `InputError`.

    >>> parse_fingerprint("sha256:" + "AB:" * 31 + "AB") == "ab" * 32
    True
    """
    digits = text.strip().lower().removeprefix("sha256:").removeprefix("sha256 fingerprint=").replace(":", "")
    if _DIGITS.fullmatch(digits) is None:
        raise InputError(f"{text!r} is not a fingerprint; write --tls-fingerprint sha256: and 64 hexadecimal digits")
    return digits


def make_context(options: HostOptions) -> ssl.SSLContext:
    """Make the context for a host: the system's trust, a CA beside it, and our own certificate; raises `InputError`."""
    context = ssl.create_default_context()
    if not _has_system_trust():
        # Python from python.org on macOS comes without any certificates.
        import certifi

        context.load_verify_locations(certifi.where())
    if options.ca_cert is not None:
        _load(context.load_verify_locations, options.ca_cert, "--ca-cert")
    if options.client_cert is not None:
        key = options.client_key

        def load(path: Path) -> None:
            # An empty passphrase, since OpenSSL would else ask for one on the terminal.
            context.load_cert_chain(path, key, password="")

        _load(load, options.client_cert, "--client-cert", key)
    if options.tls_verify is False or options.tls_fingerprint is not None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def pin_check(fingerprint: str) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    """Make the hook that closes a connection whose certificate is not the pinned one, before anything is sent."""
    wanted = parse_fingerprint(fingerprint)

    async def check(event: str, info: dict[str, Any]) -> None:
        if not event.endswith("start_tls.complete"):
            return
        stream = info["return_value"]
        certificate = stream.get_extra_info("ssl_object").getpeercert(binary_form=True)
        shown = hashlib.sha256(certificate or b"").hexdigest()
        if shown != wanted:
            await stream.aclose()
            raise PinMismatch(shown)

    return check


def tls_problem(error: ssl.SSLError | PinMismatch) -> str:
    """Name what is wrong.

    unknown-ca, self-signed, other-name, expired, not-yet-valid, other-certificate, client-certificate, no-tls, old-tls or
    other.
    """
    if isinstance(error, PinMismatch):
        return "other-certificate"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_problem(error.verify_code)
    reason = _reason(error)
    if reason in _NO_TLS:
        return "no-tls"
    if "CERTIFICATE_REQUIRED" in reason or "BAD_CERTIFICATE" in reason or "ALERT_UNKNOWN_CA" in reason:
        return "client-certificate"
    return "old-tls" if "PROTOCOL_VERSION" in reason or "UNSUPPORTED_PROTOCOL" in reason else "other"


def explain_tls(error: ssl.SSLError, host: str) -> str:
    """Tell what a failed handshake with `host` means and what to do, in one sentence."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _explain_certificate(error, host)
    reason = _reason(error)
    advice = f"give --client-cert={host}=FILE and --client-key={host}=FILE"
    told = f"TLS with {host} failed ({reason.lower().replace('_', ' ') or 'the connection was closed'})"
    match tls_problem(error):
        case "no-tls":
            told = f"{host} does not speak TLS; if it is meant to be plain HTTP, say --plain-http={host}"
        case "client-certificate" if "ALERT_UNKNOWN_CA" in reason:
            told = f"{host} does not know the CA of the client certificate that it was shown; {advice}"
        case "client-certificate":
            told = f"{host} wants a client certificate that it trusts; {advice}"
        case "old-tls":
            told = f"{host} speaks no TLS that is safe: 1.2 is the least; it must be updated or set up for it"
        case "other" if "HANDSHAKE_FAILURE" in reason:
            told = f"{host} refuses the TLS handshake; if it wants a client certificate, {advice}"
    return told


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or "").upper().replace(" ", "_")


def _certificate_problem(code: int) -> str:
    single = {_EXPIRED: "expired", _NOT_YET_VALID: "not-yet-valid", _SELF_SIGNED: "self-signed"}
    if code in _WRONG_NAMES:
        return "other-name"
    return "unknown-ca" if code in _UNKNOWN_CA else single.get(code, "other")


def _explain_certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    match _certificate_problem(error.verify_code):
        case "expired":
            words = "has expired; it must be renewed (or this machine's clock is wrong)"
        case "not-yet-valid":
            words = "is not valid yet; check this machine's clock"
        case "other-name":
            words = f"is for another name; ask by a name that it holds, as `regplan doctor {host}` shows"
        case "self-signed":
            pin = f"--tls-fingerprint={host}=sha256:..., as `regplan doctor {host}` shows it"
            words = f"is signed by itself and by no CA; if that is meant, pin it: {pin}"
        case "unknown-ca":
            words = f"is signed by an unknown CA; give the CA's certificate: --ca-cert={host}=FILE"
        case _:
            words = f"is not accepted: {error.verify_message}"
    return f"the certificate of {host} {words}"


def _has_system_trust() -> bool:
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    has_folder = folder is not None and folder.is_dir() and any(folder.iterdir())
    return bool(paths.cafile) or has_folder or bool(ssl.create_default_context().cert_store_stats()["x509_ca"])


def _load(load: Callable[[Path], None], path: Path, option: str, key: Path | None = None) -> None:
    files = f"{path} and {key}" if key is not None else str(path)
    try:
        load(path)
    except ssl.SSLError:
        raise InputError(f"{option} {files}: not a usable PEM file (an encrypted key cannot be used)") from None
    except OSError as error:
        raise InputError(f"{option} {files}: {error.strerror or 'cannot be read'}") from error
