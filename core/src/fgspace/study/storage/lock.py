"""The lock of whoever writes a study: it is held on the study's folder, which stays when files in it are removed."""

import errno
import fcntl
import os
import weakref
from pathlib import Path

from fgspace.errors import FgspaceError

# What a network file system answers where only files that are open for writing can be locked.
_NO_FOLDER_LOCKS = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.EOPNOTSUPP)


class WriterLock:
    """Lets one process at a time write a study; free again after `close`, or when the process ends.

    study.db locks its folder. A file of another name shares its folder with other studies, and locks an empty file
    beside it; so does study.db where the file system locks no folders.

    Args:
        path: the file of the study; its folder exists.
        is_alone: the folder holds one study.

    Raises:
        FgspaceError: another process, or another study of this process, holds the lock.
        OSError: the file system refuses.
    """

    def __init__(self, path: Path, *, is_alone: bool) -> None:
        self._descriptor: int | None = None
        self.places: tuple[tuple[Path, tuple[int, int]], ...] = ()
        """The file that the lock is on, with its identity: where it is removed, another process can take the lock."""
        if not (is_alone and self._lock(path.parent, os.O_RDONLY, path)):
            beside = path.with_suffix(".lock")
            if not self._lock(beside, os.O_RDWR | os.O_CREAT, path):
                raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
            self.places = ((beside, file_identity(beside)),)
        # A process that is forked while this one writes shares the lock, and would hold it for longer.
        weak = weakref.WeakMethod(self.close)
        os.register_at_fork(after_in_child=lambda: close() if (close := weak()) is not None else None)

    def close(self) -> None:
        """Release the lock."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)

    def _lock(self, target: Path, flags: int, path: Path) -> bool:
        """Lock a target; say whether the file system can."""
        descriptor = self._descriptor = os.open(target, flags | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise FgspaceError(
                f"{str(path)!r} is being written by another search; wait until that ends or close it,"
                " or name another folder"
            ) from error
        except OSError as error:
            self.close()
            if error.errno in _NO_FOLDER_LOCKS:
                return False
            raise
        return True


def file_identity(path: Path) -> tuple[int, int]:
    """Return what tells one file from another that has its name later: its device and inode."""
    status = os.stat(path)
    return status.st_dev, status.st_ino


def is_locked(path: Path) -> bool | None:
    """Say whether a process of this machine holds the lock of a study; None where the system does not tell.

    The lock itself is not touched: trying it could make a search fail that begins at this moment.
    """
    try:
        lines = Path("/proc/locks").read_text("utf-8").splitlines()
    except OSError:
        return None
    held = {line.split()[5] for line in lines if " FLOCK " in line}
    places = (place for place in (path.parent, path.with_suffix(".lock")) if place.exists())
    return any(_as_in_proc(file_identity(place)) in held for place in places)


def _as_in_proc(identity: tuple[int, int]) -> str:
    device, inode = identity
    return f"{os.major(device):02x}:{os.minor(device):02x}:{inode}"
