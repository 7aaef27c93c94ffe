"""The local AWS: MiniStack with real containers, started on demand, one per user."""
