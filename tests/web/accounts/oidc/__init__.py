"""Tests of HTTP for accounts."""
