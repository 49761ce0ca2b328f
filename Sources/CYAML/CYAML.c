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
