"""Tests of the wrappers around outside things."""
