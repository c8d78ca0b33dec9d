"""Files: the store of pictures, a folder or a bucket, and temporary files."""
