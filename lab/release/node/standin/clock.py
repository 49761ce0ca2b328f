"""check-time: is the kernel's clock synchronised? Asks adjtimex as the real one does."""

import ctypes
import os

from . import node

TIME_ERROR, STA_UNSYNC, LIMIT_MICROSECONDS = 5, 0x40, 100_000


class Timex(ctypes.Structure):
    _fields_ = [("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long),
                ("maxerror", ctypes.c_long), ("esterror", ctypes.c_long), ("status", ctypes.c_int),
                ("rest", ctypes.c_byte * 256)]


def problem():
    """What is wrong with the clock, or None."""
    state = Timex()
    result = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state))
    if result < 0:
        return f"adjtimex: {os.strerror(ctypes.get_errno())}"
    if result == TIME_ERROR or state.status & STA_UNSYNC:
        return "Time is not synchronized / marked as bad by the kernel."
    if state.esterror > LIMIT_MICROSECONDS:
        return f"Clock is less stable than allowed: {state.esterror} us of estimated error."
    return None


def main():
    if node.settings()["check_time"] and (text := problem()):
        node.fail(text)
    node.log("Clock is synced" if node.settings()["check_time"] else "Clock check is disabled")
