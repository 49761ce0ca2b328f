#include "CYAML.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct cyaml_parser {
  yaml_parser_t parser;
  // The event that the caller's pointers lead into.
  yaml_event_t event;
  uint8_t *bytes;
};

cyaml_parser *cyaml_open(const uint8_t *bytes, size_t count) {
  cyaml_parser *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->bytes = malloc(count + 1);
  if (self->bytes == NULL || !yaml_parser_initialize(&self->parser)) {
    free(self->bytes);
    free(self);
    return NULL;
  }
  if (count > 0) memcpy(self->bytes, bytes, count);
  yaml_parser_set_encoding(&self->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&self->parser, self->bytes, count);
  return self;
}

void cyaml_close(cyaml_parser *self) {
  yaml_event_delete(&self->event);
  yaml_parser_delete(&self->parser);
  free(self->bytes);
  free(self);
}

static CYAMLStyle style_of(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: return CYAMLStyleSingleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return CYAMLStyleDoubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE: return CYAMLStyleLiteral;
    case YAML_FOLDED_SCALAR_STYLE: return CYAMLStyleFolded;
    default: return CYAMLStylePlain;
  }
}

static void fill_fault(const yaml_parser_t *parser, cyaml_fault *fault) {
  memset(fault, 0, sizeof *fault);
  fault->is_encoding = parser->error == YAML_READER_ERROR;
  fault->offset = parser->problem_offset;
  fault->line = parser->problem_mark.line;
  fault->column = parser->problem_mark.column;
  fault->problem = parser->error == YAML_MEMORY_ERROR ? "out of memory" : parser->problem;
  fault->context = parser->context;
}

bool cyaml_next(cyaml_parser *self, cyaml_event *event, cyaml_fault *fault) {
  yaml_event_delete(&self->event);
  memset(event, 0, sizeof *event);
  if (!yaml_parser_parse(&self->parser, &self->event)) {
    fill_fault(&self->parser, fault);
    return false;
  }
  const yaml_event_t *raw = &self->event;
  event->line = raw->start_mark.line;
  event->column = raw->start_mark.column;
  event->start = raw->start_mark.index;
  event->end = raw->end_mark.index;
  switch (raw->type) {
    case YAML_STREAM_START_EVENT: event->kind = CYAMLKindStreamStart; break;
    case YAML_DOCUMENT_START_EVENT: event->kind = CYAMLKindDocumentStart; break;
    case YAML_DOCUMENT_END_EVENT: event->kind = CYAMLKindDocumentEnd; break;
    case YAML_SEQUENCE_END_EVENT: event->kind = CYAMLKindSequenceEnd; break;
    case YAML_MAPPING_END_EVENT: event->kind = CYAMLKindMappingEnd; break;
    case YAML_ALIAS_EVENT:
      event->kind = CYAMLKindAlias;
      event->anchor = (const char *)raw->data.alias.anchor;
      break;
    case YAML_SCALAR_EVENT:
      event->kind = CYAMLKindScalar;
      event->anchor = (const char *)raw->data.scalar.anchor;
      event->tag = (const char *)raw->data.scalar.tag;
      event->text = raw->data.scalar.value;
      event->length = raw->data.scalar.length;
      event->style = style_of(raw->data.scalar.style);
      break;
    case YAML_SEQUENCE_START_EVENT:
      event->kind = CYAMLKindSequenceStart;
      event->anchor = (const char *)raw->data.sequence_start.anchor;
      event->tag = (const char *)raw->data.sequence_start.tag;
      break;
    case YAML_MAPPING_START_EVENT:
      event->kind = CYAMLKindMappingStart;
      event->anchor = (const char *)raw->data.mapping_start.anchor;
      event->tag = (const char *)raw->data.mapping_start.tag;
      break;
    default: event->kind = CYAMLKindStreamEnd; break;
  }
  return true;
}

struct cyaml_writer {
  yaml_emitter_t emitter;
  uint8_t *text;
  size_t length;
  size_t capacity;
};

static int keep_output(void *data, unsigned char *bytes, size_t count) {
  cyaml_writer *self = data;
  if (self->length + count > self->capacity) {
    size_t capacity = (self->length + count) * 2;
    uint8_t *grown = realloc(self->text, capacity);
    if (grown == NULL) return 0;
    self->text = grown;
    self->capacity = capacity;
  }
  memcpy(self->text + self->length, bytes, count);
  self->length += count;
  return 1;
}

// libyaml takes the event over, also when it fails.
static bool emit(cyaml_writer *self, yaml_event_t *event, int is_made) {
  return is_made && yaml_emitter_emit(&self->emitter, event);
}

cyaml_writer *cyaml_writer_open(void) {
  cyaml_writer *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  if (!yaml_emitter_initialize(&self->emitter)) {
    free(self);
    return NULL;
  }
  yaml_emitter_set_output(&self->emitter, keep_output, self);
  yaml_emitter_set_width(&self->emitter, -1);
  yaml_event_t event;
  if (!emit(self, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING))
      || !emit(self, &event,
               yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1))) {
    cyaml_writer_close(self);
    return NULL;
  }
  return self;
}

bool cyaml_write_bound(cyaml_writer *self, CYAMLKind kind, const char *tag) {
  yaml_event_t event;
  yaml_char_t *name = (yaml_char_t *)tag;
  int is_implicit = tag == NULL;
  switch (kind) {
    case CYAMLKindMappingStart:
      return emit(self, &event,
                  yaml_mapping_start_event_initialize(&event, NULL, name, is_implicit,
                                                      YAML_BLOCK_MAPPING_STYLE));
    case CYAMLKindMappingEnd:
      return emit(self, &event, yaml_mapping_end_event_initialize(&event));
    case CYAMLKindSequenceStart:
      return emit(self, &event,
                  yaml_sequence_start_event_initialize(&event, NULL, name, is_implicit,
                                                       YAML_BLOCK_SEQUENCE_STYLE));
    case CYAMLKindSequenceEnd:
      return emit(self, &event, yaml_sequence_end_event_initialize(&event));
    default: return false;
  }
}

static yaml_scalar_style_t libyaml_style(CYAMLStyle style) {
  switch (style) {
    case CYAMLStylePlain: return YAML_PLAIN_SCALAR_STYLE;
    case CYAMLStyleSingleQuoted: return YAML_SINGLE_QUOTED_SCALAR_STYLE;
    case CYAMLStyleDoubleQuoted: return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    case CYAMLStyleLiteral: return YAML_LITERAL_SCALAR_STYLE;
    case CYAMLStyleFolded: return YAML_FOLDED_SCALAR_STYLE;
  }
}

bool cyaml_write_scalar(cyaml_writer *self, const uint8_t *text, size_t length, CYAMLStyle style,
                        const char *tag) {
  yaml_event_t event;
  // Without a tag a plain scalar is what its text looks like, and any other one a string.
  int is_plain = tag == NULL && style == CYAMLStylePlain;
  int is_quoted = tag == NULL && style != CYAMLStylePlain;
  return emit(self, &event,
              yaml_scalar_event_initialize(&event, NULL, (yaml_char_t *)tag, text, (int)length,
                                           is_plain, is_quoted, libyaml_style(style)));
}

bool cyaml_writer_finish(cyaml_writer *self, const uint8_t **text, size_t *length) {
  yaml_event_t event;
  bool is_done = emit(self, &event, yaml_document_end_event_initialize(&event, 1))
                 && emit(self, &event, yaml_stream_end_event_initialize(&event))
                 && yaml_emitter_flush(&self->emitter);
  *text = self->text;
  *length = self->length;
  return is_done;
}

void cyaml_writer_close(cyaml_writer *self) {
  yaml_emitter_delete(&self->emitter);
  free(self->text);
  free(self);
}
