"""Key figures: their values out of the ledger, rated, for how long, and over a year."""
