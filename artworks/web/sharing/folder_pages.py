"""The answer that is a shared gallery as a ZIP of plain pages."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, request, stream_with_context

from artworks.audit import log as audit
from artworks.core.errors import Conflict
from artworks.sharing import share_link as shares
from artworks.web import context
from artworks.web.permissions import requires
from artworks.web.sharing.folder import FolderWriter
from models import db

pages = APIBlueprint("folder_pages", __name__, url_prefix="/shared", enable_openapi=False)


@pages.get("/<int:share_id>/folder.zip")
@requires("editor")
def folder(share_id: int) -> Response:
    """Stream a gallery as a folder; with `ready=1` only what stands in the way is told.

    Raises NotFound, Conflict for one that was revoked, RateLimited and Unavailable.
    """
    share = shares.find(db.session(), share_id).share
    if share.revoked_at is not None:
        raise Conflict("This gallery is closed for good. Share the pictures again, then save that.")
    if request.args.get("ready") == "1":
        context.release_connection()
        context.transfers().take(context.receiver()).leave()
        return Response(status=204)
    dependencies = context.dependencies()
    writer = FolderWriter(db.session(), dependencies.storage, dependencies.installation, share)
    response = Response(mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{writer.root}.zip"'
    if request.method == "HEAD":
        return response
    audit.record(db.session(), "gallery saved as a folder", share.title, share=share.id)
    db.session.commit()
    slot = context.transfers().take(context.receiver())
    response.response = stream_with_context(writer.write(db.session.commit))
    response.call_on_close(slot.leave)
    return response
