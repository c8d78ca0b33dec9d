"""What decoders do with pixels, with the imaging library: colours as browsers show them, writing of renditions."""
