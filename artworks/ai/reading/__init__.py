"""What a model wrote, read: its thinking, the object in its text, plain text, hashtags, refusals."""
