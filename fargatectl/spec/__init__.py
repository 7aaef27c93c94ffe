"""The spec: a YAML file turned into checked, frozen models, with every fault named by file and line."""

import os

# pydantic would look for plugins in the metadata of every package that is installed ("Pydantic Plugins").
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
