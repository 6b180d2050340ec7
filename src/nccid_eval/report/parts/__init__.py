"""What every page is made of: words, cells, charts, the environment of its templates."""
