"""What a run looks like: events and results as a live view, plain lines or JSON."""
