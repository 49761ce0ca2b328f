#ifndef CTERMINAL_H
#define CTERMINAL_H

/// The columns of the terminal behind a file descriptor, or 0 when there is no terminal.
/// A shim because `ioctl` is variadic, which Swift does not import.
int ct_columns(int descriptor) __attribute__((warn_unused_result));

#endif
