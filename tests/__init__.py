"""Tests, named by the behaviour they keep."""
