"""One thin wrapper per outside thing: file storage, imaging, the embedded server, the queue."""
