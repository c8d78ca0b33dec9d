"""The shapes of the JSON of pictures: lists, edits, suggestions, uploads, history."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from artworks.images.autosaves import LONGEST, Typed
from artworks.web.schemas import ErrorBody, FieldName, FilterIn, Input, Status, Version

SuggestionId = Field(ge=1, lt=2**63, description="id of the suggestion the person saw")


class ListQuery(FilterIn):
    """Filters, order and place of a page of pictures."""

    trashed: Literal["", "0", "1"] = ""
    limit: int = Field(50, ge=1, le=200)
    after: str = Field("", max_length=2000, description="cursor of the page before")


class TypedIn(Input):
    """Which of the texts that somebody types it is."""

    tab: str = Field(pattern=r"^[\w-]{1,100}$", description="a random name of the tab")
    number: int = Field(ge=1, lt=2**63, description="greater with each text of the tab")
    person: int | None = Field(
        None, ge=1, lt=2**63, description="who types; refused when somebody else has signed in since"
    )

    def typed(self) -> Typed:
        """Return the same for the rows."""
        return Typed(self.tab, self.number, self.person)


class GivenUpQuery(TypedIn):
    """Up to which text of a tab nothing is to be kept."""


class AutosaveIn(TypedIn):
    """What is being typed into a field."""

    # Refused in words of its own (artworks/images/autosaves.py) long before.
    text: str = Field(max_length=10 * LONGEST, description="at most 20,000 characters")
    was: str = Field("", max_length=10 * LONGEST, description="what was published when the typing began")


class AutosaveKept(BaseModel):
    """The number of the text that is kept now: a greater one than was sent when something newer is."""

    number: int


class AutosaveOut(BaseModel):
    """Words that were typed and not published."""

    image_id: int
    field: FieldName
    tab: str
    number: int
    text: str
    was: str
    at: str
    seconds: float = Field(description="since something was typed there last")


class AutosavesOut(BaseModel):
    """What you typed and did not publish, newest first."""

    first: bool = Field(
        description="whether nobody had an account before you: what a browser kept before that is yours"
    )
    autosaves: list[AutosaveOut]


class VersionsQuery(Input):
    """Which pictures; so many as an address has room for."""

    ids: str = Field(
        pattern="^[0-9]+(,[0-9]+)*$", max_length=3300, description="ids, separated by commas; 300 at least"
    )


class VersionsOut(BaseModel):
    """The version of each picture by its id; those in the trash and those that are no more are left out."""

    versions: dict[int, int]


class Edit(Input):
    """A change of some fields by a person."""

    version: int = Version
    autosave: TypedIn | None = Field(
        None,
        description="the typing that this one text ends; what a tab publishes in ten minutes is one revision",
    )
    post_title: str | None = Field(None, description="at most 200 characters")
    description: str | None = Field(None, description="at most 5,000 characters")
    hashtags: list[str] | str | None = Field(
        None, description="a list, or one line split at spaces and commas"
    )
    category: str | None = Field(None, description="at most 80 characters; empty for none")
    key_points: str | None = Field(None, description="at most 5,000 characters")
    alt_text: str | None = Field(None, description="at most 1,000 characters")
    status: Status | None = None


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
    origins: dict[str, str] = Field(
        description="who wrote each field: person, ai, ai_edited (AI, then a person), placeholder, or file: the words "
        "came with the uploaded file and are the person's"
    )
    approved: list[FieldName] = Field(description="fields whose words AI wrote and a person approved")
    width: int | None
    height: int | None
    size_bytes: int | None
    media_type: str | None
    converted_from: str | None = Field(
        description="the format of the file that came, such as HEIC; mostly null"
    )
    created_at: str
    updated_at: str
    version: int
    suggestion: SuggestionOut | None
    urls: Urls


class TypedStep(Input):
    """What was typed last into a field: its text before and after; hashtags joined by spaces."""

    field: FieldName
    before: str = Field(max_length=20_000)
    after: str = Field(max_length=20_000)


class UndoQuery(Input):
    """What was done to a picture by one act and is to be taken back."""

    revisions: str = Field("", max_length=400, description="ids of revisions, separated by commas")
    suggestion: int | None = Field(
        None, ge=1, lt=2**63, description="id of the suggestion that came with them; it goes, too"
    )


class SuggestionOnly(Input):
    """The suggestion the person dismissed."""

    suggestion: int = SuggestionId


class RestoredOut(ImageOut):
    """A picture that went back to earlier words."""

    message: str = Field(
        description="what that did, in words: which categories and tags have other names by now"
    )


class Total(BaseModel):
    """How many match; counted up to 10,000."""

    count: int
    exact: bool


class ImagePage(BaseModel):
    """One page of pictures; `next` is the cursor of the page after it."""

    images: list[ImageOut]
    next: str | None
    total: Total


class Duplicate(BaseModel):
    """A file that is in the library already."""

    filename: str
    image_id: int


class Rejected(BaseModel):
    """A file that was not taken."""

    filename: str
    error: ErrorBody
    format: str | None = Field(None, description="what it is, such as HEIC, where that is the reason")
    convertible: bool = Field(False, description="whether convert=1 would turn it into a PNG or JPEG")


class ConvertedOut(BaseModel):
    """A file of another format that was turned into a new picture."""

    filename: str = Field(description="the name it came with")
    image_id: int
    format: str
    media_type: Literal["image/jpeg", "image/png"]
    note: str = Field(description="what there is to say of it in one or two sentences; often nothing")


class UploadOut(BaseModel):
    """What became of each file."""

    images: list[ImageOut]
    duplicates: list[Duplicate]
    rejected: list[Rejected]
    converted: list[ConvertedOut] = Field(description="those of the new pictures that came in another format")


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
