"""Originals and database kept together: the storage's mark, quarantine, integrity, orphans."""
