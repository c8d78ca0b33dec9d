"""Batches of drafts: their items, workers, rate slots, estimates, owners and undo."""
