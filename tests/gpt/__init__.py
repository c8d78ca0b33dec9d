"""Tests of the writer of words, against a fake service over real HTTP."""
