"""HTTP for the settings page and the look that a person chose."""
