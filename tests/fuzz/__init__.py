"""Generated command lines, environments, specs and log lines."""
