"""How texts are compared: the one folded key of names and tags, and the words of a text that are searched."""
