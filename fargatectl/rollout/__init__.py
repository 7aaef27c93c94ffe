"""Following a deployment until its tasks serve, and explaining a failure in plain words."""
