"""HTTP for batches."""
