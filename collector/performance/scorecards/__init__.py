"""Carriers' scorecards: months of every circuit out of statements, days and notes."""
