/** Schema of SnapshotPolicy. */

import type { Schema, SchemaSet } from '@berth/meta'
import { policyResults } from '../types/snapshot-policy.ts'
import { conditions, kindSchema, text, time } from './schema-parts.ts'

const duration = (description: string): Schema => text(description, { maxLength: 32 })
const timeZone = text('Time zone, like Europe/Berlin; UTC unless given.', { maxLength: 64 })
const clockPattern = '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'

const selector: Schema = {
  type: 'object',
  mapType: 'atomic',
  description:
    'Machines of the namespace by their labels; {} is all of them. Machines that name the policy in the annotation berth.dev/snapshot-policy are chosen as well.',
  properties: {
    matchLabels: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Labels with the values they must have.',
    },
    matchExpressions: {
      type: 'array',
      listType: 'atomic',
      description: 'Requirements that must all be met.',
      items: {
        type: 'object',
        required: ['key', 'operator'],
        properties: {
          key: text('Label.'),
          operator: text('In, NotIn, Exists or DoesNotExist.'),
          values: { type: 'array', listType: 'atomic', items: { type: 'string' }, description: 'For In and NotIn.' },
        },
      },
    },
  },
}

const machine: Schema = {
  type: 'object',
  required: ['name', 'result'],
  properties: {
    name: text('Name of the machine.'),
    result: text('How it fared in the last run.', { enum: [...policyResults] }),
    message: text('The same in a sentence.'),
    snapshot: text('Its snapshot of the last run.'),
    lastGood: text('Its newest good snapshot of this policy.'),
    lastGoodTime: time('When that was taken.'),
    kept: { type: 'integer', format: 'int32', description: 'Its good snapshots of this policy.' },
  },
}

export const snapshotPolicySchemas: SchemaSet = kindSchema('SnapshotPolicy', {
  spec: {
    type: 'object',
    required: ['keep'],
    description: 'Which machines, when, and what is kept.',
    properties: {
      selector,
      schedule: text('When: minute, hour, day of month, month, day of week ("30 2 * * *"), or @daily and the like.', {
        maxLength: 256,
      }),
      every: duration('When: each time this has passed since the policy was made, like 4h. With schedule both count.'),
      timeZone,
      window: {
        type: 'object',
        required: ['start', 'end'],
        description: 'Snapshots are begun only within it; what is due outside waits for its start.',
        properties: {
          start: text('HH:MM', { pattern: clockPattern }),
          end: text('HH:MM, exclusive; before start when the window goes over midnight.', { pattern: clockPattern }),
          timeZone: { ...timeZone, description: 'Time zone of the window; that of the policy unless given.' },
        },
      },
      keep: {
        type: 'object',
        description: 'What stays; one of count and days is needed. The newest good snapshot of a machine always stays.',
        properties: {
          count: {
            type: 'integer',
            format: 'int32',
            minimum: 1,
            maximum: 1000,
            description: 'At most so many good snapshots of each machine.',
          },
          days: {
            type: 'integer',
            format: 'int32',
            minimum: 1,
            maximum: 36_500,
            description: 'No snapshot older than so many days.',
          },
          failed: duration('How long failed snapshots stay to be looked at; 24h unless given.'),
        },
      },
      failureDeadline: duration('How long one snapshot may take; 5m unless given, 0s for any time.'),
      labels: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'Labels of the snapshots.',
      },
      suspend: {
        type: 'boolean',
        description: 'No new snapshots while true; what is there is still kept by the rules.',
      },
    },
  },
  status: {
    type: 'object',
    description: 'How it goes.',
    properties: {
      observedGeneration: { type: 'integer', format: 'int64', description: 'Generation this was found for.' },
      countedFrom: time('What was due before is not made up for.'),
      lastRun: time('When the last run began.'),
      lastScheduled: time('When the last run was due.'),
      nextRun: time('When the next run begins.'),
      run: {
        type: 'object',
        required: ['scheduled', 'started', 'machines'],
        description: 'The run that is going on.',
        properties: {
          scheduled: time('When it was due.'),
          started: time('When it began.'),
          machines: { type: 'array', listType: 'atomic', items: { type: 'string' }, description: 'Its machines.' },
        },
      },
      machines: { type: 'array', listType: 'map', listMapKeys: ['name'], items: machine, description: 'Each machine.' },
      conditions,
    },
  },
})
