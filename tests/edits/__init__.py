"""Tests of edits: the rules for one picture and for many."""
