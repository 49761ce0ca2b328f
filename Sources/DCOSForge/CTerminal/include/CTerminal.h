#ifndef CTERMINAL_H
#define CTERMINAL_H

/// The columns of the terminal behind a file descriptor, or 0 when there is no terminal.
/// A shim because `ioctl` is variadic, which Swift does not import.
int ct_columns(int descriptor) __attribute__((warn_unused_result));

/// The rows of the terminal behind a file descriptor, or 0 when there is no terminal.
int ct_rows(int descriptor) __attribute__((warn_unused_result));

/// Lets a write to a closed pipe fail instead of ending the process, and raises the limit of open
/// files: each node has a connection.
void ct_prepare(void);

/// Takes ``ct_prepare`` back, for a program that takes over.
void ct_restore(void);

/// Whether the process ignores a signal.
int ct_ignores(int number) __attribute__((warn_unused_result));

#endif
