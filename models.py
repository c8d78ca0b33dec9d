"""Every table, from one door; they know no URL, no disk and no network. Each subject has its module, model_*.py."""

from __future__ import annotations

from artworks.models.base import Base, db, iso, one_of
from artworks.models.batches import BATCH_STATES, ITEM_STATES, Batch, BatchItem, BatchTitle
from artworks.models.duplicates import LOOK_ALIKE_KINDS, LookAlike
from artworks.models.files import PENDING_ACTIONS, SCANS, PendingFile, StorageMark, StorageScan
from artworks.models.images import (
    AI_MAY_WRITE,
    FACTS,
    LOOK_BANDS,
    ORIGINS,
    SEARCH_DOCUMENT,
    STATUSES,
    SUGGESTION_NUMBERS,
    TEXT_FIELDS,
    VOUCHED,
    Image,
    Suggestion,
)
from artworks.models.organise import (
    BulkEdit,
    Category,
    Collection,
    CollectionImage,
    CountChange,
    SavedView,
    StatusCount,
    Tag,
)
from artworks.models.people import (
    ROLES,
    ApiToken,
    Audit,
    Guess,
    LocalModeEnd,
    Person,
    PersonSession,
    PersonSpending,
    Ticket,
)
from artworks.models.sharing import ShareImage, ShareLink
from artworks.models.usage import TIERS, RateBucket, Spending, Usage
from artworks.models.words import Feedback, Revision, Voice

__all__ = [
    "AI_MAY_WRITE", "BATCH_STATES", "FACTS", "ITEM_STATES", "LOOK_ALIKE_KINDS", "LOOK_BANDS", "ORIGINS",
    "PENDING_ACTIONS", "ROLES", "SCANS", "SEARCH_DOCUMENT", "STATUSES", "SUGGESTION_NUMBERS", "TEXT_FIELDS", "TIERS",
    "VOUCHED", "ApiToken", "Audit", "Base", "Batch", "BatchItem", "BatchTitle", "BulkEdit", "Category", "Collection",
    "CollectionImage", "CountChange", "Feedback", "Guess", "Image", "LocalModeEnd", "LookAlike", "PendingFile",
    "Person", "PersonSession", "PersonSpending", "RateBucket", "Revision", "SavedView", "ShareImage", "ShareLink",
    "Spending", "StatusCount", "StorageMark", "StorageScan", "Suggestion", "Tag", "Ticket", "Usage", "Voice", "db",
    "iso", "one_of",
]  # fmt: skip
