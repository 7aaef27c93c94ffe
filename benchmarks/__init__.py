"""How fast fargatectl is, beside other ways to do the same: ``make bench``."""
