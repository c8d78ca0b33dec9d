"""The pages as a person meets them: a real Chromium, a live server, a real database."""
