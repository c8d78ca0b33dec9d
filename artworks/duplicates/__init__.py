"""Pictures that look alike: found, paired, and their words and places taken over."""
