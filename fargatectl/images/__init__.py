"""Container images: what decides one, building, pushing; the only package that imports docker."""
