"""HTTP for drafts of words."""
