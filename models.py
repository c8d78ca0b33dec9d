"""Every table, to be imported from here alone; each subject has its module in artworks/models/."""

from __future__ import annotations

from artworks.models.accounts import (
    ROLES,
    ApiToken,
    FailedAttempt,
    LocalModeEnd,
    OneTimeLink,
    Person,
    PersonSession,
    PersonSpending,
)
from artworks.models.audit import Audit
from artworks.models.base import Base, db, iso, one_of
from artworks.models.batches import BATCH_STATES, ITEM_STATES, Batch, BatchItem, BatchTitle
from artworks.models.collections import Collection, CollectionImage
from artworks.models.duplicates import LOOK_ALIKE_KINDS, LookAlike
from artworks.models.images import (
    AI_MAY_WRITE,
    FACTS,
    FROM_FILE,
    LOOK_BANDS,
    PENDING_ACTIONS,
    SAMPLE,
    SCANS,
    SEARCH_DOCUMENT,
    STATUSES,
    SUGGESTION_NUMBERS,
    TEXT_FIELDS,
    VOUCHED,
    Approval,
    Feedback,
    Image,
    LaterRendition,
    PendingFile,
    RenditionFailure,
    Revision,
    StorageMark,
    StorageScan,
    Suggestion,
)
from artworks.models.library import Autosave, BulkEdit, SavedView, SearchWord, SearchWordProgress
from artworks.models.settings import BackupState, SealedSecret, Setting, Voice
from artworks.models.sharing import Favourite, ShareImage, ShareLink, Visitor
from artworks.models.taxonomy import Category, CountChange, NameChange, StatusCount, Tag
from artworks.models.usage import TIERS, RateBucket, Spending, Usage

__all__ = [
    "AI_MAY_WRITE", "BATCH_STATES", "FACTS", "FROM_FILE", "ITEM_STATES", "LOOK_ALIKE_KINDS", "LOOK_BANDS",
    "PENDING_ACTIONS", "ROLES", "SAMPLE", "SCANS", "SEARCH_DOCUMENT", "STATUSES", "SUGGESTION_NUMBERS", "TEXT_FIELDS",
    "TIERS", "VOUCHED", "ApiToken", "Approval", "Audit", "Autosave", "BackupState", "Base", "Batch", "BatchItem",
    "BatchTitle",
    "BulkEdit", "Category", "Collection", "CollectionImage", "CountChange", "FailedAttempt", "Favourite", "Feedback",
    "Image", "LaterRendition", "LocalModeEnd", "LookAlike", "NameChange", "OneTimeLink", "PendingFile", "Person",
    "PersonSession", "PersonSpending", "RateBucket", "RenditionFailure", "Revision", "SavedView", "SealedSecret",
    "SearchWord", "SearchWordProgress", "Setting", "ShareImage", "ShareLink", "Spending", "StatusCount",
    "StorageMark", "StorageScan", "Suggestion", "Tag", "Usage", "Visitor", "Voice", "db", "iso", "one_of",
]  # fmt: skip
