"""The base of every table: the types of its columns, and the handle on the database."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Double, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, registry


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Write the SQL of a check that a column holds one of a few words."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Base(DeclarativeBase):
    """Base of every table: 64-bit ids, times with a zone, text without a length."""

    # On the registry and not as `type_annotation_map`: Flask-SQLAlchemy derives from this class, and SQLAlchemy
    # refuses a second map there.
    registry = registry(
        type_annotation_map={
            int: BigInteger,
            str: Text,
            datetime: DateTime(timezone=True),
            list[str]: ARRAY(Text),
            list[int]: ARRAY(Integer),
            dict[str, Any]: JSONB,
            Decimal: Numeric(14, 6),
            float: Double,
        }
    )


# A row stays readable after its commit: answers are made from what was written, without another query.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def iso(moment: datetime) -> str:
    """Write a time as the contract has it: ISO 8601 in UTC, to the second, with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
