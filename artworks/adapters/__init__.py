"""One thin wrapper per outside thing: the job queue, mail, password hashes, charts, processes."""
