"""What the scripts in this folder do: Docker Engine, the base image, the demo and the test run.

Development tools: nothing in `fargatectl` imports them, and they are not installed with it.
"""
