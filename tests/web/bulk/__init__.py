"""Tests of HTTP for bulk."""
