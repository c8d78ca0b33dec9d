"""Pictures: uploads, edits, revisions, suggestions, files, the trash."""
