"""Tests of drafting."""
