"""Tests of HTTP for dependents."""
