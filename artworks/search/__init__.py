"""Search: the query language, filters, listing, pagination, counts, colours."""
