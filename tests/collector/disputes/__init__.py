"""Tests of the carrier's side against ours."""
