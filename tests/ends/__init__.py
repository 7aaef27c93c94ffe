"""How a command can end that nobody asked to end: signals, pipes, disks, sessions. Real processes."""
