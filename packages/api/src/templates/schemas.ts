/**
 * Schemas of template.kubevirt.io, written by hand: the npm types that the others are generated from know an older version of them.
 * Names, types and bounds are facts of the published schemas.
 */

import type { Schema, SchemaSet } from '@berth/meta'

const text = (description: string): Schema => ({ type: 'string', description })
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

const condition: Schema = {
  type: 'object',
  required: ['lastTransitionTime', 'message', 'reason', 'status', 'type'],
  properties: {
    lastTransitionTime: { type: 'string', format: 'date-time', description: 'When the status last changed.' },
    message: { type: 'string', maxLength: 32_768, description: 'What it means, for a person.' },
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0, description: 'Generation it was found for.' },
    reason: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
      description: 'Why, for a program.',
    },
    status: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Whether it holds.' },
    type: {
      type: 'string',
      maxLength: 316,
      pattern:
        '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
      description: 'What the condition is about.',
    },
  },
}

const conditions: Schema = {
  type: 'array',
  listType: 'map',
  listMapKeys: ['type'],
  items: condition,
  description: 'What holds at the moment.',
}

const parameter: Schema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: text('Name it is referred to by: ${NAME}, or ${{NAME}} where the value is no text.'),
    displayName: text('Name to show to people.'),
    description: text('What it is for.'),
    value: text('Its value unless another is given. Readable by everybody who may read the template.'),
    generate: {
      type: 'string',
      enum: ['expression'],
      description: 'How a value is made when there is none: `expression` makes a random text as `from` describes it.',
    },
    from: {
      type: 'string',
      pattern: '\\[([a-zA-Z0-9\\-\\\\]+)\\](\\{(\\w+)\\})',
      description:
        'Form of a generated value, as in vm-[a-z0-9]{5}. \\w, \\d, \\a and \\A stand for sets of characters.',
    },
    required: { type: 'boolean', description: 'Whether there has to be a value.' },
  },
}

function object(name: string, { spec, status }: { spec: Schema; status: Schema }): SchemaSet {
  return {
    [`io.kubevirt.template.v1beta1.${name}`]: {
      type: 'object',
      required: ['spec'],
      properties: {
        apiVersion: text('Version of the API.'),
        kind: text('Kind of the object.'),
        metadata: { ref: `${meta}ObjectMeta` },
        spec,
        status,
      },
    },
  }
}

export const templateSchemas: SchemaSet = {
  ...object('VirtualMachineTemplate', {
    spec: {
      type: 'object',
      required: ['virtualMachine'],
      description: 'The machine and what can be filled in.',
      properties: {
        virtualMachine: {
          type: 'object',
          preserveUnknownFields: true,
          description:
            'VirtualMachine with parameters in its texts. A fixed namespace is dropped when it is processed; one with a parameter in it is kept.',
        },
        parameters: { type: 'array', items: parameter, description: 'What can be filled in.' },
        message: text('What to do next, for who deploys it; may refer to parameters.'),
      },
    },
    status: { type: 'object', properties: { conditions }, description: 'How the template is.' },
  }),
  ...object('VirtualMachineTemplateRequest', {
    spec: {
      type: 'object',
      required: ['virtualMachineRef'],
      description: 'The machine that a template is to be made from.',
      validations: [{ rule: 'self == oldSelf', message: 'spec is immutable' }],
      properties: {
        virtualMachineRef: {
          type: 'object',
          required: ['name', 'namespace'],
          properties: { name: text('Name of the machine.'), namespace: text('Namespace of the machine.') },
          description: 'The machine.',
        },
        templateName: text('Name of the template; that of the request unless given.'),
        templateLabels: {
          type: 'object',
          additionalProperties: { type: 'string' },
          validations: [
            {
              rule: "self.all(k, !k.startsWith('template.kubevirt.io/'))",
              message: 'labels with the prefix "template.kubevirt.io/" are reserved for system use',
            },
          ],
          description: 'Labels of the template.',
        },
        ttlSecondsAfterFinished: {
          type: 'integer',
          format: 'int32',
          minimum: 0,
          description: 'Seconds after which a request that succeeded is deleted; never unless given.',
        },
      },
    },
    status: {
      type: 'object',
      description: 'How far it is.',
      properties: {
        conditions,
        templateRef: {
          type: 'object',
          mapType: 'atomic',
          properties: { name: { type: 'string', default: '', description: 'Name of the template.' } },
          description: 'The template that was made.',
        },
      },
    },
  }),
}
