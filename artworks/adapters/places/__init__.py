"""Where backups go: a folder or a bucket, behind four calls that any other place can be given."""
