"""Sessions, calls, paging and errors: the only package that imports boto3."""
