"""Tests of dependents."""
