"""Words that a picture's file holds, read in a decoder's process: XMP, IPTC, EXIF, texts and comments."""
