"""Checks of a picture's headers before anything is decoded: PNG, JPEG, GIF; what any other file is."""
