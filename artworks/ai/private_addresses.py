"""Addresses of AI services: private ones, where nobody sends a bill, and those where no such service can be."""

from __future__ import annotations

import ipaddress
import re
import socket
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
# Link-local addresses, and those besides by which Amazon, Alibaba and Google tell a machine its secrets.
FORBIDDEN = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::/32",
        "100.100.100.200/32",
        "fd20:ce::254/128",
    )
)
FORBIDDEN_NAMES = (
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "instance-data",
    "instance-data.ec2.internal",
)
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
        address = _parse(host)
    except ValueError:
        return host.endswith(ENDINGS) or SINGLE_LABEL.fullmatch(host) is not None
    return any(address in network for network in PRIVATE)


def is_forbidden(host: str) -> bool:
    """Return whether no AI service is at a host, by its name or number: a link-local one, or a cloud's for secrets."""
    host = host.lower().removesuffix(".")
    if host in FORBIDDEN_NAMES:
        return True
    try:
        address = _parse(host)
    except ValueError:
        try:
            # 2852039166 and 0xA9FEA9FE are such numbers, too.
            address = ipaddress.ip_address(socket.inet_aton(host))
        except OSError:
            return False
    return any(address in network for network in FORBIDDEN)


def _parse(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an address as a number, of IPv4 where it is one within IPv6; raises ValueError for a name."""
    address = ipaddress.ip_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
