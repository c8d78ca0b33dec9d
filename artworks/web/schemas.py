"""The shapes of the JSON that comes in and goes out; they also make /api/openapi.json."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[int, Field(ge=1, lt=2**63)]
Status = Literal["new", "draft", "ready"]
FieldName = Literal["post_title", "description", "hashtags", "category", "key_points", "alt_text"]
Version = Field(ge=1, lt=2**31, description="the version the person saw")
SuggestionId = Field(ge=1, lt=2**63, description="id of the suggestion the person saw")


class Input(BaseModel):
    """Anything that comes in: unknown keys are refused, never ignored."""

    model_config = ConfigDict(extra="forbid")


class FilterIn(Input):
    """Filters and order of a list of pictures; without any it is everything, newest first."""

    q: str = Field("", max_length=1000, description="words that begin words of the picture's text")
    category: str = Field("", max_length=1000)
    tag: str = Field("", max_length=1000, description="with or without #")
    status: Literal["", "new", "draft", "ready"] = ""
    collection: str = Field("", max_length=18, description="id of a collection")
    colour: str = Field("", max_length=20, description="a plain name such as teal, or #rrggbb")
    sort: Literal["", "newest", "oldest", "title", "edited", "largest", "best", "arranged"] = ""


class ListQuery(FilterIn):
    """Filters, order and place of a page of pictures."""

    trashed: Literal["", "0", "1"] = ""
    limit: int = Field(50, ge=1, le=200)
    after: str = Field("", max_length=2000, description="cursor of the page before")


class TagQuery(Input):
    """Which tags to list."""

    prefix: str = Field("", max_length=200)


class Edit(Input):
    """A change of some fields by a person."""

    version: int = Version
    post_title: str | None = Field(None, description="at most 200 characters")
    description: str | None = Field(None, description="at most 5,000 characters")
    hashtags: list[str] | str | None = Field(
        None, description="a list, or one line split at spaces and commas"
    )
    category: str | None = Field(None, description="at most 80 characters; empty for none")
    key_points: str | None = Field(None, description="at most 5,000 characters")
    alt_text: str | None = Field(None, description="at most 1,000 characters")
    status: Status | None = None


class Generate(Input):
    """What to ask the model for."""

    fields: list[FieldName] | None = Field(None, description="all that may be written, when left out")
    note: str = Field("", max_length=2000)
    language: str = Field("", max_length=35, description="a code such as en; the voice's own when left out")


class Refine(Input):
    """What to change about the words."""

    feedback: str = Field(min_length=1, max_length=2000)
    fields: list[FieldName] | None = None
    language: str = Field("", max_length=35, description="a code such as en; the voice's own when left out")


class Accept(Input):
    """Which suggested fields to take; all when left out."""

    version: int = Version
    suggestion: int = SuggestionId
    fields: list[FieldName] | None = None


class DismissQuery(Input):
    """Which suggested fields to let go, separated by commas; all when left out."""

    suggestion: int = SuggestionId
    fields: str = Field("", max_length=200)


class VersionOnly(Input):
    """The version the person saw."""

    version: int = Version


class SuggestionOut(BaseModel):
    """Words that wait beside a person's own."""

    id: int = Field(description="another one than any suggestion before it on the same picture has")
    fields: dict[str, str | list[str]]
    note: str
    feedback: str
    source: str
    created_at: str


class Urls(BaseModel):
    """Addresses of a picture."""

    page: str
    original: str
    preview: str
    thumbnail: str


class ImageOut(BaseModel):
    """One picture and its words."""

    id: int
    original_filename: str
    stored_filename: str
    post_title: str
    description: str
    hashtags: list[str]
    category: str
    key_points: str
    alt_text: str
    status: Status
    origins: dict[str, str]
    approved: list[FieldName] = Field(description="fields whose words AI wrote and a person approved")
    width: int | None
    height: int | None
    size_bytes: int | None
    media_type: str | None
    created_at: str
    updated_at: str
    version: int
    suggestion: SuggestionOut | None
    urls: Urls


class Total(BaseModel):
    """How many match; counted up to 10,000."""

    count: int
    exact: bool


class ImagePage(BaseModel):
    """One page of pictures; `next` is the cursor of the page after it."""

    images: list[ImageOut]
    next: str | None
    total: Total


class ErrorBody(BaseModel):
    """What went wrong: a code for programs, a sentence for the person."""

    code: str
    message: str
    field: str | None = None


# APIFlask takes the schema of errors as plain JSON Schema.
ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "field": {"type": "string"},
            },
        },
        "current": {"type": "object", "description": "the thing as it is now, with a conflict"},
    },
}


class Duplicate(BaseModel):
    """A file that is in the library already."""

    filename: str
    image_id: int


class Rejected(BaseModel):
    """A file that was not taken."""

    filename: str
    error: ErrorBody


class UploadOut(BaseModel):
    """What became of each file."""

    images: list[ImageOut]
    duplicates: list[Duplicate]
    rejected: list[Rejected]


class UsageOut(BaseModel):
    """What a call used."""

    input_tokens: int
    output_tokens: int
    usd: float
    at_most_usd: float = Field(description="the part of the price that is the most it can be, not told")


class DraftOut(BaseModel):
    """What became of a draft."""

    image: ImageOut
    suggestion: SuggestionOut | None
    usage: UsageOut
    source: Literal["openai", "placeholder"]
    warnings: list[str] = Field(description="rules of the voice that the words still break")


class RevisionOut(BaseModel):
    """One change: each field with what was before and after."""

    id: int
    at: str
    by: str
    action: str
    changes: dict[str, list[Any]]


class RevisionsOut(BaseModel):
    """The history of a picture, newest first."""

    revisions: list[RevisionOut]


class Count(BaseModel):
    """A name and how many pictures have it."""

    name: str
    count: int


class Emptied(BaseModel):
    """How many pictures were deleted for good."""

    deleted: int
