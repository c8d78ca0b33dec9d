"""Every table, from one door; they know no URL, no disk and no network. Each subject has its module, model_*.py."""

from __future__ import annotations

from model_base import Base, db, iso, one_of
from model_batches import BATCH_STATES, ITEM_STATES, Batch, BatchItem, BatchTitle
from model_files import PENDING_ACTIONS, SCANS, PendingFile, StorageMark, StorageScan
from model_look_alikes import LOOK_ALIKE_KINDS, LookAlike
from model_organise import (
    BulkEdit,
    Category,
    Collection,
    CollectionImage,
    CountChange,
    SavedView,
    StatusCount,
    Tag,
)
from model_people import (
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
from model_pictures import (
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
from model_shares import ShareImage, ShareLink
from model_usage import TIERS, RateBucket, Spending, Usage
from model_words import Feedback, Revision, Voice

__all__ = [
    "AI_MAY_WRITE", "BATCH_STATES", "FACTS", "ITEM_STATES", "LOOK_ALIKE_KINDS", "LOOK_BANDS", "ORIGINS",
    "PENDING_ACTIONS", "ROLES", "SCANS", "SEARCH_DOCUMENT", "STATUSES", "SUGGESTION_NUMBERS", "TEXT_FIELDS", "TIERS",
    "VOUCHED", "ApiToken", "Audit", "Base", "Batch", "BatchItem", "BatchTitle", "BulkEdit", "Category", "Collection",
    "CollectionImage", "CountChange", "Feedback", "Guess", "Image", "LocalModeEnd", "LookAlike", "PendingFile",
    "Person", "PersonSession", "PersonSpending", "RateBucket", "Revision", "SavedView", "ShareImage", "ShareLink",
    "Spending", "StatusCount", "StorageMark", "StorageScan", "Suggestion", "Tag", "Ticket", "Usage", "Voice", "db",
    "iso", "one_of",
]  # fmt: skip
