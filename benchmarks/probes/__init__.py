"""Small programs that use parts of fargatectl and print as JSON how long those took."""
