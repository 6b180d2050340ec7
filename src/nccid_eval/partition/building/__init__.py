"""From a warehouse to a partition folder, whole or not at all: reading, staging, writing, and building again."""
