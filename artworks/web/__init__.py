"""HTTP: what all pages and calls share; the folders hold those of each subject."""
