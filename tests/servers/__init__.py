"""Real peers as context managers: each on a free port of loopback, its data in a temporary folder."""
