"""Which images go on, which become cases and with what attributes, and how the others are counted."""
