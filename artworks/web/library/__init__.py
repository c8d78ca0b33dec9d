"""HTTP for the library: lists, review, saved views, the trash."""
