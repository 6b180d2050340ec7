"""Two pages for a reader with two minutes: what was tested, on whom, how good it is, what could be wrong."""
