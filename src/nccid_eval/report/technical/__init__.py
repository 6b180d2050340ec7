"""The full technical report of one evaluation: a section, a module or two."""
