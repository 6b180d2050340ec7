"""One page over all runs of a folder: newest first, with search, filters and sorting that need no server."""
