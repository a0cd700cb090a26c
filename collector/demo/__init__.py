"""A simulated estate: a year of three carriers that don't exist, for whoever wants to see full pages."""
