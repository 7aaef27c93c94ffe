"""How many inputs were tried in this process: each entry is the command that got one."""

TRIED: list[str] = []
