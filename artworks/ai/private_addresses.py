"""Addresses of AI services: whether one is on this computer or in a private network, where nobody sends a bill."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

# RFC 1918, RFC 4193, and the link-local, loopback and unspecified addresses. Not what ipaddress calls private, which
# has addresses for documentation and measurement among them.
PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "0.0.0.0/32",
        "fc00::/7", "fe80::/10", "::1/128", "::/128",
    )
)  # fmt: skip
# RFC 6761, RFC 6762, RFC 8375 and ICANN's choice of 2024: names that the public DNS never knows.
ENDINGS = (".localhost", ".local", ".internal", ".home.arpa")
# Such as the name of a service of Docker. One that begins with a digit may be an odd spelling of any address.
SINGLE_LABEL = re.compile(r"[a-z_][a-z0-9_-]*")


def is_private(base_url: str) -> bool:
    """Return whether an address is on this computer or in a private network, by what it says.

    No name is looked up: what it leads to may be another place a moment later, and the answer decides about money.
    """
    try:
        host = (urlsplit(base_url).hostname or "").removesuffix(".")
    except ValueError:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.endswith(ENDINGS) or SINGLE_LABEL.fullmatch(host) is not None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in network for network in PRIVATE)
