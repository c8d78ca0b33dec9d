"""The factory that puts the application together from its settings; connects to nothing."""

from __future__ import annotations

from importlib import import_module

from apiflask import APIFlask
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix

import gpt_service
import routes
from artworks import dependencies
from artworks.adapters.postgres.server import SESSION
from artworks.config import MIB, Config
from artworks.exports.transfers import size_slots, transfer_slots
from artworks.settings import secret_key
from artworks.web import compression, error_handlers, flash, openapi, security, templating
from artworks.web.accounts import authentication, cookies, local_mode
from artworks.web.schemas import ERROR_SCHEMA
from models import db

MOST_FILES = 20

__all__ = ["Config", "create_app"]


def _load_early(config: Config) -> None:
    """Load the large libraries that only some installations use, before processes are forked and anybody waits."""
    gpt_service.load(dependencies.ai_settings(config))
    if dependencies.organisation(config):
        import_module("artworks.web.accounts.oidc")


def create_app(config: Config) -> APIFlask:
    """Put the application together; nothing is reached before the first request."""
    app = APIFlask(
        __name__,
        title="Artwork Image Manager",
        version="1",
        spec_path="/api/openapi.json",
        docs_path=None,
        # artworks/web/assets.py serves what everybody may have of it; the pictures are in there too.
        static_folder=None,  # type: ignore[arg-type]
        static_url_path="/static",
        json_errors=False,
    )
    app.config.update(
        SECRET_KEY=secret_key.read_or_make(config),
        SQLALCHEMY_DATABASE_URI=config.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            # A request holds a connection for milliseconds only; four processes stay below PostgreSQL's usual 100.
            "pool_size": 8,
            "max_overflow": 8,
            "pool_pre_ping": True,
            "pool_timeout": 10,
            # A traceback in the log tells no words of people and no tokens.
            "hide_parameters": True,
            "connect_args": {"connect_timeout": 5, "options": f"{SESSION} -c statement_timeout=30000"},
        },
        MAX_CONTENT_LENGTH=MOST_FILES * config.max_upload_bytes + MIB,
        MAX_FORM_MEMORY_SIZE=MIB,
        MAX_FORM_PARTS=MOST_FILES + 20,
        MAX_FILE_BYTES=config.max_upload_bytes,
        ALLOWED_HOSTS=frozenset(name.lower() for name in config.allowed_hosts),
        SESSION_COOKIE_SAMESITE="Lax",
        SIGN_IN=config.sign_in,
        REACHED_BY=config.reached_by,
        TRUSTED_PROXIES=config.trusted_proxies,
        SESSION_LIMITS=dependencies.session_limits(config),
        LINK_ADDRESS=config.link_address,
        ORGANISATION=dependencies.organisation(config),
        TEMPLATES_AUTO_RELOAD=False,
        BOOTSTRAP_SERVE_LOCAL=True,
        HTTP_ERROR_SCHEMA=ERROR_SCHEMA,
        VALIDATION_ERROR_SCHEMA=ERROR_SCHEMA,
    )
    app.extensions["mail"] = dependencies.make_mailer(config)
    app.extensions["aim"] = dependencies.make_dependencies(config, max(1, config.web_threads // 2))
    app.extensions["transfers"] = transfer_slots(config.web_threads)
    app.extensions["sizes"] = size_slots(config.web_threads)
    db.init_app(app)
    Bootstrap5(app)
    app.session_interface = cookies.FlashCookie()
    local_mode.register(app)
    compression.register(app)
    security.register(app)
    error_handlers.register(app)
    authentication.register(app)
    flash.register(app)
    templating.register(app, max_upload_mb=config.max_upload_mb)
    routes.register(app)
    openapi.register(app)
    _load_early(config)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
