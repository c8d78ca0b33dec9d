"""The commands of main.py: their start, `check`, those about files, backups and users."""
