"""What the machine refuses (a full disk, a right that lacks), in words for people."""

import errno

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says of a disk, a quota or a limit that takes nothing more."""
_IN_THE_WAY = (
    "A file lies where a folder is needed, or the other way round: move it away, or set TARL_HOME to another folder."
)
_ADVICE = {
    FULL: "Free some space, delete old runs, or set TARL_HOME to another disk.",
    (errno.EACCES, errno.EPERM, errno.EROFS): "Allow it to be written, or set TARL_HOME to a folder of your own.",
    (errno.ENOTDIR, errno.EEXIST, errno.EISDIR): _IN_THE_WAY,
    (errno.ENAMETOOLONG, errno.ELOOP): "Set TARL_HOME to another folder.",
    (errno.EMFILE, errno.ENFILE): "Too many files are open: raise the limit (`ulimit -n 4096`), or do less at once.",
    (errno.EIO, errno.ESTALE, errno.ENODEV): "Look after the disk, or set TARL_HOME to another one.",
}


def advice(error: OSError) -> str:
    """What a person can do about an error of the system; empty for one that is no state of the machine but a mistake."""
    return next((told for codes, told in _ADVICE.items() if error.errno in codes), "")


def in_one_sentence(error: OSError) -> str:
    """An error of the system for people, with what to do; empty where ``advice`` knows nothing: that is a bug's."""
    told = advice(error)
    place = error.filename2 or error.filename
    where = f"{place} cannot be read or written" if place else "The output, or a file, cannot be written"
    return f"{where} ({error.strerror}). {told}" if told else ""
