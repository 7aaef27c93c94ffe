"""`fargatectl policy`: what it permits, against what the program does."""
