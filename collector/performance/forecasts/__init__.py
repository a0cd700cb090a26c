"""Forecasts of budgets and of growth, gathered from the ledger and put into words."""
