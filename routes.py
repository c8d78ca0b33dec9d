"""The pages and JSON endpoints: `register` has the one list of blueprints."""

from __future__ import annotations

from apiflask import APIFlask

from artworks.web import assets, health
from artworks.web.accounts import invitation_pages, login_pages, profile_pages, sso_pages, user_pages
from artworks.web.audit import pages as audit_pages
from artworks.web.batches import api as batches_api
from artworks.web.batches import pages as batch_pages
from artworks.web.bulk import api as bulk_api
from artworks.web.bulk import pages as bulk_pages
from artworks.web.collections import api as collections_api
from artworks.web.collections import pages as collection_pages
from artworks.web.dependents import api as dependents_api
from artworks.web.drafting import api as drafting_api
from artworks.web.duplicates import pages as duplicate_pages
from artworks.web.exports import pages as export_pages
from artworks.web.favourites import api as favourites_api
from artworks.web.favourites import pages as favourite_pages
from artworks.web.images import api as images_api
from artworks.web.images import autosave_api, file_pages, history_pages, suggestion_pages, viewer_pages
from artworks.web.library import pages as library_pages
from artworks.web.library import review_pages, saved_view_pages, trash_pages
from artworks.web.palette import keys
from artworks.web.palette import pages as palette_pages
from artworks.web.settings import api as settings_api
from artworks.web.settings import first_visit
from artworks.web.settings import pages as settings_pages
from artworks.web.sharing import api as sharing_api
from artworks.web.sharing import folder_pages, gallery_pages, studio_pages
from artworks.web.sharing import pages as sharing_pages
from artworks.web.taxonomy import api as taxonomy_api
from artworks.web.taxonomy import category_pages, tag_pages
from artworks.web.usage import pages as usage_pages
from artworks.web.voice import api as voice_api
from artworks.web.voice import pages as voice_pages

# In the order of the menu; the tags of /api/openapi.json come in that of the JSON endpoints here.
BLUEPRINTS = (
    # The library and its pictures.
    images_api.api,
    autosave_api.api,
    library_pages.pages,
    file_pages.pages,
    viewer_pages.pages,
    drafting_api.api,
    drafting_api.pages,
    suggestion_pages.api,
    suggestion_pages.pages,
    history_pages.api,
    history_pages.undo_api,
    history_pages.pages,
    taxonomy_api.api,
    category_pages.pages,
    tag_pages.pages,
    export_pages.pages,
    trash_pages.api,
    trash_pages.pages,
    review_pages.pages,
    voice_api.api,
    voice_pages.pages,
    # Many pictures at once.
    bulk_api.api,
    bulk_pages.pages,
    batches_api.api,
    batch_pages.pages,
    duplicate_pages.api,
    duplicate_pages.pages,
    collections_api.api,
    collection_pages.pages,
    saved_view_pages.api,
    saved_view_pages.pages,
    sharing_api.api,
    favourites_api.api,
    sharing_pages.pages,
    favourite_pages.pages,
    folder_pages.pages,
    gallery_pages.pages,
    studio_pages.pages,
    # The menu of the account.
    keys.pages,
    palette_pages.pages,
    profile_pages.pages,
    usage_pages.pages,
    user_pages.pages,
    audit_pages.api,
    audit_pages.pages,
    settings_api.api,
    settings_pages.pages,
    first_visit.api,
    first_visit.pages,
    dependents_api.api,
    # Getting in.
    login_pages.pages,
    sso_pages.pages,
    invitation_pages.pages,
    # What is served beside all pages.
    assets.pages,
    health.pages,
)


def register(app: APIFlask) -> None:
    """Add every page and endpoint to the application."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
