"""Tests of HTTP for batches."""
