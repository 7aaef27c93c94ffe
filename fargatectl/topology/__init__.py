"""Which resources the parts of a spec ask for; `fargatectl.app` puts the parts together."""
