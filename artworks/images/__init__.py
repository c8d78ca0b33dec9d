"""Pictures: uploads, edits, revisions, suggestions, approval, files, the trash."""
