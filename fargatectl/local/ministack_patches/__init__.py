"""What makes MiniStack answer as AWS does; runs in MiniStack's own environment only.

Only `ministack_wrapper.py` imports this package, as the top-level package `ministack_patches`: nothing here
may import `fargatectl`. Each module has one function, `install`, which replaces private functions of
MiniStack; `contract` refuses to go on when one of them is not the function that was read.
"""
