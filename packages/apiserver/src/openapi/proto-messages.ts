/**
 * The messages of OpenAPI v2 in protocol buffers, as far as Kubernetes documents use them. Field numbers are those of
 * openapiv2/OpenAPIv2.proto in google/gnostic-models, which every kubectl decodes `/openapi/v2` with.
 */

export type FieldShape =
  | { type: 'string' | 'integer' | 'bool' | 'double'; field: number; repeated?: true }
  /** Any JSON value, written as YAML inside an Any message. */
  | { type: 'any'; field: number; repeated?: true }
  | { type: 'message'; field: number; message: MessageName }
  /** A JSON object as a message whose field `entry` repeats name-value pairs; `inner` puts the value one message deeper. */
  | { type: 'named'; field: number; value: MessageName; entry: number; inner?: true }
  /** A value in field 1 of a message of its own: TypeItem, ItemsItem, AdditionalPropertiesItem, SchemaItem. */
  | { type: 'wrapped'; field: number; message: MessageName | 'string' }
  | { type: 'parameters'; field: number }

export type MessageName =
  | 'Document'
  | 'Info'
  | 'PathItem'
  | 'Operation'
  | 'BodyParameter'
  | 'QueryParameter'
  | 'PathParameter'
  | 'Response'
  | 'Schema'

interface MessageShape {
  fields: Readonly<Record<string, FieldShape>>
  /** Field of `vendor_extension`, which takes every `x-` key. */
  extensions: number
}

export const messages: Readonly<Record<MessageName, MessageShape>> = {
  Document: {
    fields: {
      swagger: { type: 'string', field: 1 },
      info: { type: 'message', field: 2, message: 'Info' },
      paths: { type: 'named', field: 8, value: 'PathItem', entry: 2 },
      definitions: { type: 'named', field: 9, value: 'Schema', entry: 1 },
    },
    extensions: 16,
  },
  Info: { fields: { title: { type: 'string', field: 1 }, version: { type: 'string', field: 2 } }, extensions: 7 },
  PathItem: {
    fields: {
      get: { type: 'message', field: 2, message: 'Operation' },
      put: { type: 'message', field: 3, message: 'Operation' },
      post: { type: 'message', field: 4, message: 'Operation' },
      delete: { type: 'message', field: 5, message: 'Operation' },
      patch: { type: 'message', field: 8, message: 'Operation' },
      parameters: { type: 'parameters', field: 9 },
    },
    extensions: 10,
  },
  Operation: {
    fields: {
      description: { type: 'string', field: 3 },
      operationId: { type: 'string', field: 5 },
      produces: { type: 'string', field: 6, repeated: true },
      consumes: { type: 'string', field: 7, repeated: true },
      parameters: { type: 'parameters', field: 8 },
      responses: { type: 'named', field: 9, value: 'Response', entry: 1, inner: true },
    },
    extensions: 13,
  },
  BodyParameter: {
    fields: {
      description: { type: 'string', field: 1 },
      name: { type: 'string', field: 2 },
      in: { type: 'string', field: 3 },
      required: { type: 'bool', field: 4 },
      schema: { type: 'message', field: 5, message: 'Schema' },
    },
    extensions: 6,
  },
  QueryParameter: {
    fields: {
      in: { type: 'string', field: 2 },
      name: { type: 'string', field: 4 },
      type: { type: 'string', field: 6 },
      uniqueItems: { type: 'bool', field: 20 },
    },
    extensions: 23,
  },
  PathParameter: {
    fields: {
      required: { type: 'bool', field: 1 },
      in: { type: 'string', field: 2 },
      name: { type: 'string', field: 4 },
      type: { type: 'string', field: 5 },
      uniqueItems: { type: 'bool', field: 19 },
    },
    extensions: 22,
  },
  Response: {
    fields: {
      description: { type: 'string', field: 1 },
      schema: { type: 'wrapped', field: 2, message: 'Schema' },
    },
    extensions: 5,
  },
  Schema: {
    fields: {
      $ref: { type: 'string', field: 1 },
      format: { type: 'string', field: 2 },
      description: { type: 'string', field: 4 },
      default: { type: 'any', field: 5 },
      maximum: { type: 'double', field: 7 },
      minimum: { type: 'double', field: 9 },
      maxLength: { type: 'integer', field: 11 },
      minLength: { type: 'integer', field: 12 },
      pattern: { type: 'string', field: 13 },
      maxItems: { type: 'integer', field: 14 },
      minItems: { type: 'integer', field: 15 },
      required: { type: 'string', field: 19, repeated: true },
      enum: { type: 'any', field: 20, repeated: true },
      additionalProperties: { type: 'wrapped', field: 21, message: 'Schema' },
      type: { type: 'wrapped', field: 22, message: 'string' },
      items: { type: 'wrapped', field: 23, message: 'Schema' },
      properties: { type: 'named', field: 25, value: 'Schema', entry: 1 },
    },
    extensions: 31,
  },
}
