"""Reproducible tar archives: the same files give the same bytes."""

import io
import lzma
import tarfile


def tar(files, links=None):
    """The bytes of a tar of {path: (data, mode)} and symbolic links {path: target}, sorted."""
    buffer = io.BytesIO()
    links = links or {}
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        folders = {parent for name in [*files, *links] for parent in parents(name)}
        for name in sorted({*files, *links, *folders}):
            entry = tarfile.TarInfo(name)
            if name in files:
                data, entry.mode = files[name]
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
                continue
            if name in links:
                entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, links[name], 0o777
            else:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
    return buffer.getvalue()


def parents(name):
    parts = name.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def tar_xz(files):
    """The same, compressed; a low preset, because emulated machines unpack it."""
    return lzma.compress(tar(files), preset=1)
