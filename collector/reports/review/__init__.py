"""The pack of a review as a document: HTML that prints well, PDF, JSON."""
