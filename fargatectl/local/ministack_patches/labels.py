"""The labels that containers and volumes of the local AWS bear, beside MiniStack's own."""

from __future__ import annotations

STOP_TIMEOUT = "fargatectl.stop-timeout"
"""Seconds between SIGTERM and SIGKILL."""
VOLUME_TASK = "fargatectl.task"
"""The id of the task with which a volume goes."""
FILE_SYSTEM = "fargatectl.file-system"
"""On the volumes with the files of an EFS file system: its account, region and id."""
