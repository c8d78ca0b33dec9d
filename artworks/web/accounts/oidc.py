"""OpenID Connect: the way to an organisation's provider, and every check of what it answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from flask import current_app
from joserfc.errors import ClaimError, JoseError
from requests import RequestException

from artworks.accounts.oidc_provider import OidcProvider
from artworks.core.errors import Unauthorized, Unavailable

SCOPE = "openid email profile"
# Seconds that the provider has to connect, and between two bytes of its answer.
TIMEOUT = 10.0
# After so long the provider is asked anew where its endpoints are and which keys it signs with.
FRESH_SECONDS = 3600
# What a key that everybody may know can check. A provider that lists others, "none" among them, is not followed there.
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
)  # fmt: skip
TIME_CLAIMS = ("exp", "iat", "nbf")
# All that comes out of a library that is given an answer of any shape.
UNREADABLE = (AuthlibBaseError, JoseError, ValueError, LookupError, TypeError, AttributeError, RuntimeError)
log = logging.getLogger(__name__)


def authorization_url(provider: OidcProvider, back: str) -> tuple[str, dict[str, str]]:
    """Return the address of the provider's sign-in page, and what is needed when the person comes back from it.

    `back` is where the provider sends them. Raises Unavailable and Unauthorized.
    """
    with _translate_errors(provider):
        pending = _client(provider).create_authorization_url(back)
        return str(pending["url"]), {name: str(pending[name]) for name in ("state", "nonce", "code_verifier")}


def fetch_claims(provider: OidcProvider, back: str, code: str, pending: Mapping[str, str]) -> dict[str, Any]:
    """Exchange the code at the provider and return its claims about the person, checked.

    `pending` is what `authorization_url` returned. Raises Unavailable, and Unauthorized when it cannot be trusted.
    """
    with _translate_errors(provider):
        client = _client(provider)
        token = client.fetch_access_token(back, code=code, code_verifier=pending["code_verifier"])
        # Authlib checks signature, times and nonce by itself, issuer and audience only when told what they must be.
        must_be = {
            "iss": {"essential": True, "value": client.server_metadata["issuer"]},
            "aud": {"essential": True, "value": provider.client_id},
        }
        signed = client.parse_id_token(token, nonce=pending["nonce"], claims_options=must_be)
        return _with_userinfo(provider, client, token, dict(signed))


def _with_userinfo(provider: OidcProvider, client: Any, token: Any, signed: dict[str, Any]) -> dict[str, Any]:
    """Ask for what a provider keeps out of its token: by the standard the rest is at another address of it."""
    if not client.server_metadata.get("userinfo_endpoint"):
        return signed
    if signed.get("email") and provider.role_of(signed):
        return signed
    more = dict(client.userinfo(token=token))
    if more.get("sub") != signed["sub"]:
        raise ValueError("the answers are about two people")
    # An address and whether it is confirmed belong together.
    mail = signed if signed.get("email") else more
    return {**more, **signed, **{name: mail.get(name) for name in ("email", "email_verified")}}


def _client(provider: OidcProvider) -> Any:
    """Return the client of this process, with the metadata that the provider gave within the hour."""
    cached = current_app.extensions.get("oidc")
    if cached is not None and cached.server_metadata["_loaded_at"] > time.time() - FRESH_SECONDS:
        return cached
    client = FlaskOAuth2App(
        FlaskIntegration("oidc"),
        "oidc",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "default_timeout": TIMEOUT},
    )
    client.server_metadata = _checked_metadata(provider, client.load_server_metadata())
    current_app.extensions["oidc"] = client
    return client


def _checked_metadata(provider: OidcProvider, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is needed of what a provider tells about itself, no more; raises ValueError and LookupError."""
    endpoints = {
        name: str(metadata[name]) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    }
    if metadata.get("userinfo_endpoint"):
        endpoints["userinfo_endpoint"] = str(metadata["userinfo_endpoint"])
    if str(metadata["issuer"]).rstrip("/") != provider.issuer.rstrip("/"):
        raise ValueError("another issuer")
    if provider.issuer.startswith("https:") and not all(
        url.startswith("https:") for url in endpoints.values()
    ):
        raise ValueError("an address without https")
    signing = metadata.get("id_token_signing_alg_values_supported") or ()
    ways = metadata.get("token_endpoint_auth_methods_supported") or ("client_secret_basic",)
    return {
        **endpoints,
        "issuer": str(metadata["issuer"]),
        "id_token_signing_alg_values_supported": [a for a in ALGORITHMS if a in signing] or ["RS256"],
        "token_endpoint_auth_method": "client_secret_basic"
        if "client_secret_basic" in ways
        else "client_secret_post",
        "_loaded_at": metadata["_loaded_at"],
    }


@contextmanager
def _translate_errors(provider: OidcProvider) -> Iterator[None]:
    """Turn whatever goes wrong with a provider into a sentence; what it said itself goes to the log only, in short."""
    try:
        yield
    except RequestException as error:
        _log_failure(provider, type(error).__name__)
        raise Unavailable(f"{provider.called} does not answer right now. Try again in a moment.") from error
    except UNREADABLE as error:
        if isinstance(error, JoseError):
            # Its keys may be new ones: the next try asks for them.
            current_app.extensions.pop("oidc", None)
        detail = getattr(error, "claim", None) or getattr(error, "error", None) or type(error).__name__
        _log_failure(provider, f"{type(error).__name__} {str(detail)[:60]!r}")
        if isinstance(error, ClaimError) and error.claim in TIME_CLAIMS:
            raise Unauthorized(
                f"The answer of {provider.name} comes from another time. The clock of one of the two must be wrong."
            ) from error
        raise Unauthorized(
            f"The answer of {provider.name} could not be trusted, so you are not signed in. Try again; "
            "if it stays so, tell whoever looks after this program."
        ) from error


def _log_failure(provider: OidcProvider, what: str) -> None:
    log.warning("Sign-in with %s failed: %s", provider.issuer, what)
