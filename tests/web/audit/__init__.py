"""Tests of HTTP for audit."""
