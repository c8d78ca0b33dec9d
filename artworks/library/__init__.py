"""The library's page: the sidebar, saved views, the review queue, how many pictures wait for it, the words of the samples."""
