"""`python main.py check`: what is configured and what is wrong, in plain words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import migrations
from app import Config
from artworks.adapters.gunicorn import server as web_server
from artworks.adapters.postgres import health as postgres_health
from artworks.cli.backups import check_backups
from artworks.cli.files import check_renditions, check_storage_state
from artworks.cli.startup import (
    EXPECTED,
    StartError,
    check_rights,
    check_storage,
    database,
    describe_error,
    driver_url,
    migrating_url,
    why_local_mode_ended,
)
from artworks.dependencies import ai_settings
from artworks.imaging import conversion, decoder_pool
from artworks.settings.installation import CurrentSettings, InstallationSettings
from artworks.usage import missing_price

# What a new database takes, and room for its first log.
NEW_BYTES = 80_000_000


def check(config: Config) -> int:
    """Print what is configured and what is wrong, in plain words; the status is 1 when something is wrong."""
    wrong = 0
    now = _with_page_settings(config)
    for label, value in _settings_in_words(now.config):
        print(f"  {label:<10}{value}")
    price = missing_price.missing(ai_settings(now.config), now.config.ai_budget_usd_per_month)
    for label, sentence in (("Key", now.ai_problem), ("Price", price)):
        if sentence:
            wrong += 1
            print(f"! {label:<10}{sentence}")
    for label, probe in (
        ("Database", _check_database),
        ("Pictures", check_storage),
        ("Files", check_storage_state),
        ("Copies", check_renditions),
        ("Backups", check_backups),
        ("Decoding", lambda _config: decoder_pool.check()),
        ("Others", lambda _config: conversion.check()),
    ):
        try:
            print(f"  {label:<10}{probe(config)}")
        except EXPECTED as error:
            wrong += 1
            print(f"! {label:<10}{describe_error(error)}")
    print(f"{wrong} to put right, marked with an exclamation mark." if wrong else "Everything is in order.")
    return 1 if wrong else 0


def _with_page_settings(config: Config) -> CurrentSettings:
    """Return the settings with what owners changed in the page, as far as the database can be read."""
    if config.database_url is None and not (config.instance_dir / "postgres" / "data").exists():
        return CurrentSettings(config)
    try:
        with database(config) as (running, _):
            if migrations.version(driver_url(running)) != migrations.HEAD:
                return CurrentSettings(config)
            engine = create_engine(running.sqlalchemy_url, poolclass=NullPool)
            with Session(engine) as session:
                return InstallationSettings(config).current(session)
    except EXPECTED:
        # What is wrong with it is said in a line of its own.
        return CurrentSettings(config)


def _settings_in_words(config: Config) -> Iterator[tuple[str, str]]:
    yield "Page", f"{web_server.address_of(config.host, config.port)}, {_who_gets_in(config)}"
    yield "Uploads", f"up to {config.max_upload_mb} MiB a picture"
    service = ai_settings(config)
    if service.source == "placeholder":
        yield "Words", "placeholder words, because neither OPENAI_API_KEY nor OPENAI_BASE_URL is set"
    else:
        where = urlsplit(service.base_url).hostname if service.base_url else "OpenAI"
        yield "Words", f"the model {service.model} at {where}, key {'set' if service.api_key else 'not set'}"
        if missing_price.is_free(service):
            yield "Price", "nothing, because it runs on this computer or in a private network"
    budget = config.ai_budget_usd_per_month
    yield "Budget", f"{budget:g} US dollars a month" if budget else "no limit"
    who = "the web processes" if config.worker else "python main.py worker"
    yield "Queue", f"worked by {who}, {config.worker_concurrency} at once"


def _who_gets_in(config: Config) -> str:
    if config.reached_by:
        return f"reached from other computers ({config.reached_by}), with sign-in"
    ways = {"off": "no sign-in", "auto": "no sign-in before the first account", "required": "with sign-in"}
    return f"reached from this computer only, {ways[config.sign_in]}"


def _has_room_for_new(folder: Path) -> bool:
    """Return whether a new database would find room in a folder, which need not be there yet."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    return shutil.disk_usage(there).free >= NEW_BYTES


def _check_database(config: Config) -> str:
    """Describe the database; raises one of EXPECTED when it cannot be used."""
    place = config.instance_dir / "postgres"
    if config.database_url is None and not (place / "data").exists():
        if not _has_room_for_new(place):
            raise StartError(
                f"A database in {place} would find too little room: it begins with {NEW_BYTES // 1_000_000} MB. "
                "Make room on that disk, or set INSTANCE_DIR to a folder on another one."
            )
        return f"embedded, will be made in {place} at the first start"
    with database(config) as (running, _):
        wrong = postgres_health.check(migrating_url(running))
        check_rights(running)
        version = migrations.version(driver_url(running))
        ended = why_local_mode_ended(running) if version == migrations.HEAD else ""
    if config.database_url is not None:
        url = config.sqlalchemy_url
        name = f"{url.database} on {url.host or 'this computer'}"
    else:
        name = f"embedded, in {place}"
    if version != migrations.HEAD:
        raise StartError(
            f"{name}: version {version or 'none'}, not {migrations.HEAD}; run python main.py migrate."
        )
    if wrong:
        raise StartError(f"{name}, up to date. {' '.join(wrong)}")
    more = "; another role migrates it" if config.migration_database_url is not None else ""
    # A line of its own: it says the contrary of what the settings alone let expect.
    return f"{name}, up to date{more}" + (f"\n  {'Sign-in':<10}{ended}" if ended else "")
