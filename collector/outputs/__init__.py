"""Where measurements are pushed to: each output keeps its own place in the ledger."""
