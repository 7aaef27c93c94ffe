"""One file per kind: its `CASE`. `tests.lifecycle.case` says what belongs in it."""
