"""Whole addresses of links that leave the page: copied, mailed, opened on another computer."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request

from artworks.core.network import is_loopback


def absolute_url(path: str) -> str:
    """Return the address under the name by which the page is open, unless that name works on this computer only."""
    fixed = configured_url(path)
    if leads_here_only(request.host_url) and not leads_here_only(fixed):
        return fixed
    return request.host_url.rstrip("/") + path


def configured_url(path: str) -> str:
    """Return the address by the settings alone: a stranger who asks for a mail must not choose where its link leads."""
    return str(current_app.config["LINK_ADDRESS"]) + path


def leads_here_only(url: str) -> bool:
    """Return whether an address works on this computer only."""
    return is_loopback(urlsplit(url).hostname or "")
