"""Stickiness by the load balancer's own cookie: AWSALB names the target that a client stays with.

"Sticky sessions for your Application Load Balancer": stickiness.enabled, stickiness.type ``lb_cookie``,
stickiness.lb_cookie.duration_seconds. Nothing of MiniStack in here: the tests run it as it is.
"""

from __future__ import annotations

import base64
import binascii
import time
from email.utils import formatdate
from http.cookies import CookieError, SimpleCookie

from .elb_wire import Head, Headers

COOKIE = "AWSALB"


def wanted(head: Head) -> tuple[str, int] | None:
    """The target that a request's cookie names; None where it names none."""
    try:
        cookie = SimpleCookie(head.get("cookie").replace(", ", "; ")).get(COOKIE)
        address, _, port = (
            base64.urlsafe_b64decode(cookie.value).decode().rpartition(" ") if cookie else ("",) * 3
        )
        return (address, int(port)) if address else None
    except (CookieError, binascii.Error, ValueError):
        return None


def fields(address: str, port: int, seconds: int) -> Headers:
    """What makes a client come back to a target for so many seconds."""
    value = base64.urlsafe_b64encode(f"{address} {port}".encode()).decode()
    expires = formatdate(time.time() + seconds, usegmt=True)
    return [("Set-Cookie", f"{COOKIE}={value}; Expires={expires}; Path=/")]
