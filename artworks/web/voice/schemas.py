"""The shapes of the JSON about how the words should sound."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from artworks.web.schemas import Input, UsageOut


class ChoicesIn(Input):
    """How the words should sound; what is left out is as usual."""

    guide: str = Field("", description="in the artist's own words, at most 4,000 characters")
    samples: list[str] = Field([], description="at most 5 texts of at most 2,000 characters")
    avoid: list[str] = Field(
        [], description="words and phrases that must not come up, without commas; at most 60"
    )
    always: list[str] = Field([], description="words and phrases that every description has; at most 60")
    person: Literal["", "first", "third"] = Field("", description="empty for no rule")
    emoji: bool | None = Field(None, description="null for no rule")
    language: str = Field("en", description="a code such as en or pt-BR")
    hashtags_least: int = Field(5, description="0 to 60")
    hashtags_most: int = Field(12, description="1 to 60")
    always_hashtags: list[str] = Field([], description="hashtags of every picture, first in this order")
    title_most: int = Field(100, description="characters, 10 to 200")
    description_least: int = Field(0, description="characters; 0 for no rule")
    description_most: int = Field(0, description="characters, at most 5,000; 0 for no rule")


class VoiceIn(Input):
    """A voice to keep as the newest version."""

    choices: ChoicesIn
    version: int = Field(
        ge=0, lt=2**63, description="the version these choices began from, 0 before there was one"
    )


class VersionSeen(Input):
    """The version in force that the person saw."""

    version: int = Field(ge=0, lt=2**63, description="0 before one was saved")


class VoicePreview(Input):
    """A voice to try on one picture without saving anything."""

    image_id: int = Field(ge=1, lt=2**63)
    choices: ChoicesIn


class ChoicesOut(BaseModel):
    """How the words should sound."""

    guide: str
    samples: list[str]
    avoid: list[str]
    always: list[str]
    person: str
    emoji: bool | None
    language: str
    hashtags_least: int
    hashtags_most: int
    always_hashtags: list[str]
    title_most: int
    description_least: int
    description_most: int


class VoiceOut(BaseModel):
    """One version of the voice; version 0 is the one before any was saved."""

    version: int = Field(description="its id, which drafts remember")
    number: int = Field(description="1 for the first that was saved")
    created_at: str | None
    by: str
    choices: ChoicesOut


class VoicesOut(BaseModel):
    """The newest versions, newest first, at most 200."""

    versions: list[VoiceOut]


class VoicePreviewOut(BaseModel):
    """Words as the voice would have them, what is still wrong with them, and what the call used."""

    fields: dict[str, str | list[str]]
    problems: list[str]
    usage: UsageOut
    source: Literal["openai", "placeholder"]
