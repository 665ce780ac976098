"""Proxies that the environment names: what stands between this machine and a registry."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from regplan.registry.options import is_loopback

__all__ = ["has_proxies", "told_proxy"]


def has_proxies() -> bool:
    """Tell whether the environment names a proxy."""
    told = getproxies()
    return any(told.get(kind) for kind in ("http", "https", "all"))


def told_proxy(url: str) -> str:
    """Tell by which proxy a URL is asked, and the variable that names it, without its login; "" where by none."""
    told, parts = getproxies(), urlsplit(url)
    kind = parts.scheme if told.get(parts.scheme) else "all"
    if not told.get(kind) or is_loopback(parts.netloc) or proxy_bypass(parts.hostname or ""):
        return ""
    # A proxy may be named as HOST:PORT alone.
    address = told[kind].rpartition("//")[2].partition("/")[0].rpartition("@")[2]
    return f"the proxy {address} of {kind.upper()}_PROXY"
