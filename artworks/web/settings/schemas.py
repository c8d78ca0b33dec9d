"""The shapes of the JSON about the settings."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from artworks.settings.changes import LONGEST
from artworks.settings.first_visit import CHOICES
from artworks.web.schemas import Input

SeenVersion = Field(ge=0, lt=2**63, description="the version that you saw, 0 before the first change")


class SettingIn(Input):
    """A setting to change."""

    value: str = Field(
        max_length=LONGEST, description="as the environment would have it; empty for the usual value"
    )
    version: int = SeenVersion


class KeyIn(Input):
    """A key of the AI service to keep."""

    key: str = Field(max_length=LONGEST, description="empty to forget the one that is kept")
    version: int = SeenVersion
    password: str = Field(
        "", max_length=1000, description="of the owner who changes it, where there are accounts"
    )


class TypedKeyIn(Input):
    """A key of the AI service to try."""

    key: str = Field(min_length=1, max_length=LONGEST)


class FirstVisitIn(Input):
    """Who writes the first draft."""

    choice: Literal[CHOICES] = Field(  # type: ignore[valid-type]
        description="a key, a model server of one's own (local), placeholder words (without), or asked and not answered"
    )
    key: str = Field("", max_length=LONGEST)
    tried: bool = Field(False, description="whether the key was tried a moment ago, and need not be again")
    password: str = Field(
        "", max_length=1000, description="of the owner who types a key, where there are accounts"
    )
    address: str = Field("", max_length=LONGEST)
    model: str = Field("", max_length=LONGEST)


class LocalServerOut(BaseModel):
    """A model server that was found."""

    name: str
    address: str
    models: list[str] = Field(description="those that see pictures; all of them where none says so")


class LocalServersOut(BaseModel):
    """The model servers of this computer."""

    servers: list[LocalServerOut]


class SettingOut(BaseModel):
    """A setting that can be changed."""

    name: str
    value: str | float | bool | None = Field(description="what is in force")
    typed: str = Field(description="what was typed in the page; empty for the usual value")
    source: Literal["environment", "page", "default"] = Field(
        description="who says so; what the environment says, the page cannot change"
    )
    version: int


class KeyOut(BaseModel):
    """The key of the AI service, which nothing shows."""

    is_set: bool = Field(description="whether there is one for the address of now")
    last_four: str
    source: Literal["environment", "page", ""]
    version: int
    elsewhere: bool = Field(description="whether there is one for another address, to which alone it is sent")
    problem: str = Field(description="why the one that is kept cannot be used; empty when it can")


class SettingsOut(BaseModel):
    """All settings that can be changed."""

    settings: list[SettingOut]
    key: KeyOut


class ModelOut(BaseModel):
    """A model that the server offers."""

    name: str
    sees: bool = Field(description="whether it sees pictures, by what the server says, else by its name")


class ModelsOut(BaseModel):
    """The models that the server offers, those that see pictures first."""

    models: list[ModelOut]


class TrialOut(BaseModel):
    """What came of trying the AI service."""

    title: str = Field(description="the title that it wrote for a sample picture")
    model: str
    source: Literal["openai", "placeholder"]
    seconds: float
    usd: float
