"""What decoders do with pixels: colours, canvas, hashes, writing. Only these modules know the imaging library."""
