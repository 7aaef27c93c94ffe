"""The command line: options in, one call, a view out; the only package that exits."""
