"""Who may do what: every endpoint with its rule. What is not here is refused, and a test refuses it before."""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """A role ("" for none); `in_person` refuses tokens; `authenticates` is off where nobody asks who calls."""

    role: str
    in_person: bool = False
    authenticates: bool = True


# Styles, icons and signs of life: the same for everybody.
PUBLIC = Rule("", authenticates=False)
# Signing in itself, and shared galleries.
ANONYMOUS = Rule("")
VIEWER, EDITOR, OWNER = Rule("viewer"), Rule("editor"), Rule("owner")
# One's own account, and other people's: a script that has a token cannot get at them.
OWN_ACCOUNT, OWNER_IN_PERSON = Rule("viewer", in_person=True), Rule("owner", in_person=True)

_ENDPOINTS: dict[Rule, dict[str, str]] = {
    PUBLIC: {
        "": "icons",
        "assets": "plain serve",
        "bootstrap": "static",
        "ops": "healthz readyz",
    },
    ANONYMOUS: {
        "gallery": "index form enter picture picture_bytes",
        "organisation": "start back",
        "settings": "preferences",
        "sign_in": "form enter leave first_owner make_first_owner",
        "tickets": "invitation join reset choose forgot send_reset",
    },
    VIEWER: {
        "batches": "active",
        "bytes": "original rendition",
        "catalogue": "list_categories list_tags",
        "collection_pages": "index detail",
        "collections": "list_collections read",
        "exports": "form csv",
        "history": "history",
        "images": "list_images read_image",
        "library": "library row detail",
        "openapi": "spec",
        "views": "list_views",
    },
    EDITOR: {
        "batch_pages": "index start_page detail cancel_page pause_page resume_page retry_page new",
        "batches": "start index read cancel pause resume retry estimate",
        "bulk": "undo change trash",
        "bulk_pages": "index change_page undo_page rows",
        "bytes": "trashed_thumbnail",
        "catalogue": "add_category change_category delete_category merge_category rename_tag merge_tags remove_tags",
        "category_pages": "index add_page sheet delete_page merge_page move_page rename_page",
        "collection_pages": "create_page edit_page delete_page order_page remove_page join_page leave_page",
        "collections": "create edit delete add remove order",
        "generation": "generate refine",
        "generation_pages": "generate_page refine_page",
        "history": "restore",
        "history_pages": "restore_page",
        "images": "upload edit_image samples",
        "library": "upload_page edit_page samples_page",
        "look_alike_pages": "index_page keep_page undo_page",
        "look_alikes": "index keep undo",
        "review": "start one decide",
        "share_pages": "index new create_page detail change_page revoke_page renew_page",
        "shares": "list_shares create edit revoke",
        "suggestion_pages": "decide",
        "suggestions": "dismiss accept",
        "tag_pages": "index edit merge_page remove_page rename_page",
        "trash": "trash restore",
        "trash_pages": "index restore_page trash_page",
        "usage": "index",
        "uses": "collection category tag image pictures trash",
        "view_pages": "index create_page rename_page delete_page",
        "views": "create edit delete",
    },
    OWNER: {
        "audit": "index",
        "audit_pages": "index_page csv",
        "batch_pages": "take_over_page",
        "batches": "take_over",
        "settings": "index",
        "trash": "empty",
        "trash_pages": "empty_page",
        "usage": "csv",
        "voice": "read save preview versions",
        "voice_pages": "index save_page restore_page preview_page",
    },
    OWN_ACCOUNT: {
        "account": "index rename change_password end_session end_others make_token remove_token",
    },
    OWNER_IN_PERSON: {
        "people": "index invite withdraw change reset remove",
    },
}

RULES: dict[str, Rule] = {
    f"{blueprint}.{name}".lstrip("."): rule
    for rule, blueprints in _ENDPOINTS.items()
    for blueprint, names in blueprints.items()
    for name in names.split()
}
