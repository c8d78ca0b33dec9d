"""The studio that the pictures are from, as clients see it: its logo, and how it is answered."""
