"""HTTP for what hangs on something that is deleted."""
