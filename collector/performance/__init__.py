"""What the analysis is fed with out of ledger, notes and configuration, and what a review makes of it."""
