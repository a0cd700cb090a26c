"""What people know and probes can't: typed notes, and what all of them together say."""
