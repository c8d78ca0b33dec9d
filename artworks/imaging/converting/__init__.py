"""Other formats turned into PNG or JPEG: a check and a loader for each, what is kept, how it is written."""
