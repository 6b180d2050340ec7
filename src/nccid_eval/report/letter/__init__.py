"""The vendor's letter: its own result, what failed and why in words of a closed list, what it may do next."""
