"""What to do next, and what following it brought in."""
