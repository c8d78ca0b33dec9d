"""The library's page: the sidebar, saved views, the review and how much waits, the samples."""
