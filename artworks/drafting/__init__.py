"""A draft of words for one picture: its request, prompts, the call, and where the words go."""
