"""The API under /api/v1/: one table of endpoints, from which requests are checked and OpenAPI is made."""
