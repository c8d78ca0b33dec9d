"""What opens a transaction, for code that needs several short ones."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

# Opens a transaction that commits at its end, and rolls back when it raises.
Begin = Callable[[], AbstractContextManager[Session]]
