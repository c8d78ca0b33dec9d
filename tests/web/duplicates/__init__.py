"""Tests of HTTP for duplicates."""
