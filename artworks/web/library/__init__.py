"""HTTP for the library: colours, review, saved views, the trash."""
