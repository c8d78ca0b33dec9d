"""Tests of HTTP for exports."""
