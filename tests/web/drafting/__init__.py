"""Tests of HTTP for drafting."""
