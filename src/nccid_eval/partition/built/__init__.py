"""A built partition: its manifest and tables, what it may be shown to, and how it differs from another."""
