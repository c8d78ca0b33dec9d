"""Exports as CSV: the library, files on their way, cells that are safe in a spreadsheet."""
