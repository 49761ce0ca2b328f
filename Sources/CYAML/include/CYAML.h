#ifndef CYAML_H
#define CYAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A pull parser over libyaml whose results cannot be ignored and whose event unions cannot be
// read through the wrong member.

#define CYAML_MUST_USE __attribute__((warn_unused_result))
#define CYAML_CLOSED __attribute__((enum_extensibility(closed)))

typedef enum CYAML_CLOSED CYAMLKind {
  CYAMLKindStreamStart,
  CYAMLKindStreamEnd,
  CYAMLKindDocumentStart,
  CYAMLKindDocumentEnd,
  CYAMLKindAlias,
  CYAMLKindScalar,
  CYAMLKindSequenceStart,
  CYAMLKindSequenceEnd,
  CYAMLKindMappingStart,
  CYAMLKindMappingEnd,
} CYAMLKind;

typedef enum CYAML_CLOSED CYAMLStyle {
  CYAMLStylePlain,
  CYAMLStyleSingleQuoted,
  CYAMLStyleDoubleQuoted,
  CYAMLStyleLiteral,
  CYAMLStyleFolded,
} CYAMLStyle;

// One event, flat. Pointers are valid until the next call on the same parser.
typedef struct {
  CYAMLKind kind;
  // Of the event's first character; both from 0, the column in Unicode scalars.
  size_t line;
  size_t column;
  // Where the event begins and ends, in Unicode scalars from the start of the input.
  size_t start;
  size_t end;
  // The anchor of a node or the target of an alias; NULL for none.
  const char *_Nullable anchor;
  // The explicit tag of a node, resolved; NULL for none.
  const char *_Nullable tag;
  // A scalar's content in UTF-8, which may hold NUL.
  const uint8_t *_Nullable text;
  size_t length;
  // How a scalar is written.
  CYAMLStyle style;
} cyaml_event;

// Why parsing stopped.
typedef struct {
  // Whether the bytes themselves are the fault, not their arrangement; then only `offset` says
  // where.
  bool is_encoding;
  // Bytes from the start of the input.
  size_t offset;
  // Both from 0, the column in Unicode scalars.
  size_t line;
  size_t column;
  // Texts of static storage; NULL for none.
  const char *_Nullable problem;
  const char *_Nullable context;
} cyaml_fault;

typedef struct cyaml_parser cyaml_parser;

// Makes a parser over a copy of the bytes, which it takes for UTF-8 without a byte order mark.
// NULL when memory ran out.
CYAML_MUST_USE cyaml_parser *_Nullable cyaml_open(const uint8_t *_Nullable bytes, size_t count);

// Reads the next event; false after a fault, which is then filled in.
// After CYAMLKindStreamEnd it must not be called again.
CYAML_MUST_USE bool cyaml_next(cyaml_parser *_Nonnull parser, cyaml_event *_Nonnull event,
                               cyaml_fault *_Nonnull fault);

// Ends the parser.
void cyaml_close(cyaml_parser *_Nonnull parser);

// Writes one document in block style. Every call is false once memory ran out or the order of calls
// was wrong; the text is then not to be used.
typedef struct cyaml_writer cyaml_writer;

// Begins a document without markers. NULL when memory ran out.
CYAML_MUST_USE cyaml_writer *_Nullable cyaml_writer_open(void);

// Writes the beginning or the end of a collection; `kind` is one of the four. `tag` may be NULL.
CYAML_MUST_USE bool cyaml_write_bound(cyaml_writer *_Nonnull writer, CYAMLKind kind,
                                      const char *_Nullable tag);

// Writes a scalar in the style, or in another when the text does not allow that. `tag` may be NULL.
CYAML_MUST_USE bool cyaml_write_scalar(cyaml_writer *_Nonnull writer, const uint8_t *_Nullable text,
                                       size_t length, CYAMLStyle style, const char *_Nullable tag);

// Ends the document. The text is valid until the writer is closed.
CYAML_MUST_USE bool cyaml_writer_finish(cyaml_writer *_Nonnull writer,
                                        const uint8_t *_Nullable *_Nonnull text,
                                        size_t *_Nonnull length);

// Ends the writer.
void cyaml_writer_close(cyaml_writer *_Nonnull writer);

#endif
