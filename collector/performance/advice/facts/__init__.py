"""What the rules of collector/analysis/recommend/ need to know, out of the ledger and the configuration."""
