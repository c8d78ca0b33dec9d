"""Whole addresses of links that leave the page: copied, mailed, opened on another computer."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import current_app, request


def here(path: str) -> str:
    """Give the address under the name by which the page is open, unless that name works on this computer only."""
    fixed = lasting(path)
    if _is_loopback(request.host_url) and not _is_loopback(fixed):
        return fixed
    return request.host_url.rstrip("/") + path


def lasting(path: str) -> str:
    """Give the address by the settings alone: a stranger who asks for a mail must not choose where its link leads."""
    return str(current_app.config["LINK_ADDRESS"]) + path


def _is_loopback(url: str) -> bool:
    name = urlsplit(url).hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
