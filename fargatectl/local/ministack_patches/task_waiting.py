"""A program that only waits: what the container runs that holds a task's network.

Made here byte by byte, so that no compiler and no image is needed. Nothing of MiniStack in here: the tests
run it as it is.
"""

from __future__ import annotations

import struct

# Machine code that asks the kernel to wait for ever, and again after each signal; by image architecture:
# (ELF's e_machine, code). The calls: pause(2) is 34 on x86-64; arm64 has ppoll(2), 73, with no descriptors.
_CODE = {
    "amd64": (62, bytes.fromhex("b8220000000f05ebf7")),
    "arm64": (183, struct.pack(
        "<8I", 0xD2800928, 0xD2800000, 0xD2800001, 0xD2800002, 0xD2800003, 0xD2800004, 0xD4000001, 0x17FFFFF9
    )),
}  # fmt: skip
_BASE = 0x400000


def program(architecture: str) -> bytes | None:
    """A static ELF program that waits until it is killed; None for a machine that is not known here."""
    if architecture not in _CODE:
        return None
    machine, code = _CODE[architecture]
    size = 64 + 56 + len(code)
    identification = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", identification, 2, machine, 1, _BASE + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + code
