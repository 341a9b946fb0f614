"""Errors of the operating system (a full disk, a missing permission) in words for people."""

import errno

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Error numbers of a full disk, an exhausted quota or a file size limit."""
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
    """What a person can do about a system error; empty for an error that is a bug rather than a state of the machine."""
    return next((told for codes, told in _ADVICE.items() if error.errno in codes), "")


def in_one_sentence(error: OSError) -> str:
    """A system error in words, with what to do; empty where ``advice`` is."""
    told = advice(error)
    place = error.filename2 or error.filename
    where = f"{place} cannot be read or written" if place else "The output, or a file, cannot be written"
    return f"{where} ({error.strerror}). {told}" if told else ""
