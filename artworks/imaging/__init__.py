"""Pictures as files: decoders, renditions, colours, the perceptual hash."""
