"""Secrets, planted and looked for everywhere."""
