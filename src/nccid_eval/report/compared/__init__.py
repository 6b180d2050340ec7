"""The report of several runs on one partition."""
