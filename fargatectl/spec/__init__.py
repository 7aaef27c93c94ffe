"""The spec: a YAML file turned into checked, frozen models, with every fault named by file and line."""
