/** Schema of ImageBuild. */

import type { Schema, SchemaSet } from '@berth/meta'
import { baseReleases, imageBuildPhases } from '../types/image-build.ts'
import { conditions, kindSchema, text, time } from './schema-parts.ts'

const object = (description: string, properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  description,
  ...(required.length === 0 ? {} : { required }),
  properties,
})
const list = (description: string, items: Schema, maxItems: number): Schema => ({
  type: 'array',
  listType: 'atomic',
  description,
  items,
  maxItems,
})
const name = (description: string): Schema => text(description, { minLength: 1, maxLength: 253 })
const named = (description: string): Schema =>
  object(description, { name: name('Its name.'), namespace: text('Its namespace; that of the build unless given.') }, [
    'name',
  ])
const key = (description: string): Schema =>
  object(description, { name: name('Its name, in the namespace of the build.'), key: name('Key in it.') }, [
    'name',
    'key',
  ])
const matcher = (description: string): Schema =>
  object(description, { name: name('Its name.'), kind: text('Its kind; that of the whole cluster unless given.') }, [
    'name',
  ])

const download = (description: string, more: Record<string, Schema>): Schema =>
  object(
    description,
    {
      url: text('Where it is.', { minLength: 1, maxLength: 2048 }),
      secretRef: text('Secret with the credentials.'),
      certConfigMap: text('ConfigMap with certificates to trust.'),
      ...more,
    },
    ['url'],
  )

const from = object('What it begins with; exactly one.', {
  debian: object(
    'Debian from its packages, built by the embedded engine on its own host; not on clusters.',
    { release: text('Its name.', { enum: [...baseReleases] }) },
    ['release'],
  ),
  dataSource: named('A published image.'),
  pvc: named('A disk.'),
  http: download('An image to download.', { checksum: text('Like sha256:…, by which the download is checked.') }),
  registry: download('A container image with a disk in it.', {
    pullMethod: text('pod or node.', { enum: ['pod', 'node'] }),
  }),
})

const file = object(
  'A file to write: its content, or where that is.',
  {
    path: text('Absolute path.', { pattern: '^/', maxLength: 1024 }),
    content: text('Its content.', { maxLength: 262_144 }),
    secretRef: key('Secret with the content.'),
    configMapRef: key('ConfigMap with the content.'),
    mode: text('Octal; 0644 unless given.', { pattern: '^0?[0-7]{3,4}$' }),
    owner: text('USER or USER:GROUP; root unless given.', {
      pattern: '^[a-z_][a-z0-9_-]{0,31}(:[a-z_][a-z0-9_-]{0,31})?$',
    }),
  },
  ['path'],
)

const user = object(
  'A user to make, or to give keys and password to.',
  {
    name: text('Its name.', { pattern: '^[a-z_][a-z0-9_-]{0,31}$' }),
    sshKeys: list('Public keys that may log in.', text('One line.', { maxLength: 16_384 }), 50),
    passwordSecret: key('Secret with its password.'),
    sudo: { type: 'boolean', description: 'May become root without a password.' },
  },
  ['name'],
)

export const imageBuildSchemas: SchemaSet = kindSchema('ImageBuild', {
  spec: object(
    'What the image is made of, and where it goes.',
    {
      from,
      size: text("Size of its disk; the source's unless given, 10Gi of http and registry.", { maxLength: 40 }),
      storageClassName: text('Storage class of the disks; the default one unless given.'),
      customise: object('What is done in it.', {
        packages: list(
          'Packages to install.',
          text('Its name.', { pattern: '^[A-Za-z0-9@_][A-Za-z0-9@._+:/=~-]{0,127}$' }),
          500,
        ),
        files: list('Files to write.', file, 200),
        users: list('Users to make.', user, 100),
        commands: list('Shell commands to run as root, in order.', text('One command.', { maxLength: 65_536 }), 200),
      }),
      seal: {
        type: 'boolean',
        description: 'Whether what identifies a machine is taken out (machine id, host keys, logs); true unless given.',
      },
      publish: object(
        'Where the image goes.',
        {
          name: text('Its name; versions are NAME-v1, NAME-v2 and so on.', {
            pattern: '^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$',
          }),
          namespace: text('Namespace; that of the build unless given.'),
          description: text('For people.', { maxLength: 1024 }),
          instancetype: matcher('Instance type that machines made from it get.'),
          preference: matcher('Preference that machines made from it get.'),
        },
        ['name'],
      ),
      keepVersions: {
        type: 'integer',
        format: 'int32',
        minimum: 1,
        maximum: 1000,
        description: 'Older versions beyond so many are deleted; all stay unless given.',
      },
      builder: object('The machine that does the work.', {
        cpus: {
          type: 'integer',
          format: 'int32',
          minimum: 1,
          maximum: 256,
          description: 'Processors; 2 unless given.',
        },
        memory: text('Memory, as 4Gi; 2Gi unless given.', { maxLength: 40 }),
      }),
      timeoutSeconds: {
        type: 'integer',
        format: 'int32',
        minimum: 60,
        maximum: 86_400,
        description: 'How long the build may take; 3600 unless given.',
      },
      cancel: { type: 'boolean', description: 'Ends the build.' },
    },
    ['from', 'publish'],
  ),
  status: object('How far it is.', {
    phase: text('Where it is.', { enum: [...imageBuildPhases] }),
    message: text('What is going on, or what went wrong.'),
    progress: text('Per cent of the step.'),
    step: text('Step of the work in the machine.'),
    startedAt: time('When it began.'),
    finishedAt: time('When it ended.'),
    version: { type: 'integer', format: 'int32', description: 'Version that was published.' },
    dataSource: object('What was published.', { name: text('Its name.'), namespace: text('Its namespace.') }, [
      'name',
      'namespace',
    ]),
    logConfigMap: text('ConfigMap with the log, under the key log.'),
    base: object(
      'How the engine fares with a base image of its own.',
      { state: text('Building, Ready or Failed.', { enum: ['Building', 'Ready', 'Failed'] }), message: text('More.') },
      ['state'],
    ),
    conditions,
  }),
})
