"""Transactions of their own, for work that must hold none open while something slow is done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

# Begins a transaction, which is committed where its `with` ends and rolled back where that raises.
TransactionFactory = Callable[[], AbstractContextManager[Session]]
