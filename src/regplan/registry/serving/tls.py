"""The certificate that a registry of ours shows."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from regplan.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["server_context"]


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Load a chain and its key, both in PEM; raises `InputError` naming the files."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        # An encrypted key would ask for its password on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        why = (
            "the key is another one's"
            if "KEY_VALUES_MISMATCH" in str(error)
            else "PEM and an unencrypted key are wanted"
        )
        raise InputError(f"--tls-cert {certificate} and --tls-key {key} do not serve: {why}") from error
    except OSError as error:
        raise InputError(f"--tls-cert {certificate}, --tls-key {key}: cannot be read ({error.strerror})") from error
    return context
