"""Names and addresses of computers, and whether others than this one can reach the page."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable


def is_loopback(host: str) -> bool:
    """Return whether a host is this computer, reached from this computer only."""
    # A dot at the end only says that a name is whole.
    name = host.strip("[]").lower().removesuffix(".")
    # Names below localhost never leave a computer either (RFC 6761, 6.3).
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def reached_by(host: str, trusted_proxies: int, allowed_hosts: Iterable[str]) -> str:
    """Return by what others can reach the page, such as "HOST is 0.0.0.0"; empty when only this computer can.

    Whatever depends on it asks this and nothing else: the start, `check`, authentication, the first owner's code and
    the settings page. A proxy that is trusted, and a name that others know, are there for others.
    """
    found = []
    if not is_loopback(host):
        found.append(f"HOST is {host}")
    if trusted_proxies:
        found.append(f"TRUSTED_PROXIES is {trusted_proxies}")
    if names := [name for name in allowed_hosts if not is_loopback(name)]:
        found.append(f"ALLOWED_HOSTS names {names[0]}")
    return " and ".join(found)
