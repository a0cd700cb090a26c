"""The carrier's side against ours: outage by outage, the minutes and the money between, and why. Pure."""
