"""observe -> plan -> converge over a dependency graph; knows no kind of resource and no AWS."""
