"""One file per kind of resource; `fargatectl.engine.resource` says what a kind is."""
