"""The commands of main.py: their start, `check`, those about files, those about users."""
