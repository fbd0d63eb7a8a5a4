"""A file that is held whole while it is read: a regular one, and no more of it than it takes to refuse it."""

import errno
import os
import stat
from pathlib import Path

from checker.limits import limit


def content(path: str | Path, most: str) -> bytes:
    """What a file holds, cut one byte after the limit of that name. Raises OSError.

    A pipe would be waited for, and a device may never end.
    """
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "a name has no NUL in it")
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file")
    with open(path, "rb") as file:
        return file.read(limit(most) + 1)
