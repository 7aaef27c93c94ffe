"""A clock that is wrong: AWS refuses what was signed more than five minutes from its own time.

The codes and texts differ from service to service, and mostly speak of credentials: the answer's Date header
says what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from fargatectl.errors import CredentialsError

TOLERATED = timedelta(minutes=4)  # AWS: five; IAM User Guide, "Elements of an AWS API request signature"


def wrong_clock(response: Mapping[str, Any]) -> CredentialsError | None:
    """What to say in place of a refused signature, where this machine's clock differs too much from AWS's.

    Args:
        response: As botocore's ClientError has it.
    """
    date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        ahead = datetime.now(UTC) - parsedate_to_datetime(date).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    if abs(ahead) <= TOLERATED:
        return None
    minutes = round(abs(ahead) / timedelta(minutes=1))
    span = f"{minutes} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"
    side = "ahead" if ahead > timedelta() else "behind"
    return CredentialsError(
        f"AWS accepts no signature: this machine's clock is {span} {side}",
        hint="Set it (sudo timedatectl set-ntp true; in WSL: sudo hwclock -s), then run it again.",
    )
