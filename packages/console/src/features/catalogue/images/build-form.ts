/** What the form of an image build holds, and the ImageBuild it stands for. */

import {
  validateImageBuild,
  type ImageBuild,
  type ImageBuildFile,
  type ImageBuildSource,
  type ImageBuildSpec,
  type ImageBuildUser,
} from '@berth/api'
import { buildName, buildPlace, type ImageRow } from '@berth/view'

export const baseKinds = ['debian', 'dataSource', 'http', 'registry', 'pvc'] as const
export type BaseKind = (typeof baseKinds)[number]
export const contentKinds = ['content', 'secretRef', 'configMapRef'] as const
export type ContentKind = (typeof contentKinds)[number]

export interface FileEntry {
  path: string
  kind: ContentKind
  content: string
  /** Of the Secret or ConfigMap. */
  name: string
  key: string
  mode: string
  owner: string
}

export interface UserEntry {
  name: string
  /** One a line. */
  keys: string
  secret: string
  secretKey: string
  sudo: boolean
}

export interface BuildForm {
  base: BaseKind
  /** `namespace/name` of an image or a disk. */
  chosen: string
  url: string
  checksum: string
  /** Of the server at `url`: names of a Secret and a ConfigMap. */
  secret: string
  certificates: string
  image: string
  description: string
  size: string
  class: string | null
  packages: string[]
  users: UserEntry[]
  files: FileEntry[]
  commands: string[]
  seal: boolean
  keep: number | string
  minutes: number | string
  cpus: number | string
  memory: string
  preference: string
}

export const newFile: FileEntry = { path: '', kind: 'content', content: '', name: '', key: '', mode: '', owner: '' }
export const newUser: UserEntry = { name: '', keys: '', secret: '', secretKey: '', sudo: true }

/** @param base an image to begin with, under a new name or as the next version of it */
export function emptyForm(engine: boolean, base?: ImageRow): BuildForm {
  const next = base?.follows !== undefined || base?.version !== undefined
  return {
    base: base !== undefined ? 'dataSource' : engine ? 'debian' : 'http',
    chosen: base === undefined ? '' : `${base.namespace}/${base.name}`,
    url: '',
    checksum: '',
    secret: '',
    certificates: '',
    image: next ? base.image : '',
    description: next ? (base.description ?? '') : '',
    size: '',
    class: null,
    packages: [],
    users: [],
    files: [],
    commands: [],
    seal: true,
    keep: '',
    minutes: '',
    cpus: '',
    memory: '',
    preference: next ? (base.preference ?? '') : '',
  }
}

/** The same again, to be changed. */
export function formOf({ metadata, spec }: ImageBuild): BuildForm {
  const { from, customise = {}, publish, builder = {} } = spec
  const held = from.dataSource ?? from.pvc
  return {
    base: baseKinds.find((kind) => from[kind] !== undefined) ?? 'debian',
    chosen: held === undefined ? '' : `${held.namespace ?? metadata.namespace ?? ''}/${held.name}`,
    url: from.http?.url ?? from.registry?.url ?? '',
    checksum: from.http?.checksum ?? '',
    secret: (from.http ?? from.registry)?.secretRef ?? '',
    certificates: (from.http ?? from.registry)?.certConfigMap ?? '',
    image: publish.name,
    description: publish.description ?? '',
    size: spec.size ?? '',
    class: spec.storageClassName ?? null,
    packages: [...(customise.packages ?? [])],
    users: (customise.users ?? []).map(({ name, sshKeys = [], passwordSecret, sudo = false }) => ({
      name,
      keys: sshKeys.join('\n'),
      secret: passwordSecret?.name ?? '',
      secretKey: passwordSecret?.key ?? '',
      sudo,
    })),
    files: (customise.files ?? []).map((file) => {
      const held_ = file.secretRef ?? file.configMapRef
      return {
        path: file.path,
        kind: contentKinds.find((kind) => file[kind] !== undefined) ?? 'content',
        content: file.content ?? '',
        name: held_?.name ?? '',
        key: held_?.key ?? '',
        mode: file.mode ?? '',
        owner: file.owner ?? '',
      }
    }),
    commands: [...(customise.commands ?? [])],
    seal: spec.seal ?? true,
    keep: spec.keepVersions ?? '',
    minutes: spec.timeoutSeconds === undefined ? '' : Math.ceil(spec.timeoutSeconds / 60),
    cpus: builder.cpus ?? '',
    memory: builder.memory ?? '',
    preference: publish.preference?.name ?? '',
  }
}

/** @param target namespace where it is to lie @param before the build it repeats: what the form does not know stays */
export function buildOf(
  form: BuildForm,
  { target, suffix, before }: { target: string; suffix: string; before?: ImageBuild },
): ImageBuild {
  const place = buildPlace(target)
  const {
    cancel: _cancel,
    size: _size,
    storageClassName: _class,
    keepVersions: _keep,
    timeoutSeconds: _timeout,
    builder: _builder,
    ...rest
  } = before?.spec ?? ({} as Partial<ImageBuildSpec>)
  const {
    description: _description,
    preference: _preference,
    namespace: _namespace,
    ...publish
  } = rest.publish ?? { name: '' }
  const builder = { ...numberOf('cpus', form.cpus), ...textOf('memory', form.memory) }
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'ImageBuild',
    metadata: { namespace: place.namespace, name: buildName(form.image, suffix) },
    spec: {
      ...rest,
      from: sourceOf(form, before?.spec.from),
      customise: {
        packages: form.packages,
        users: form.users.map(userOf),
        files: form.files.map(fileOf),
        commands: form.commands,
      },
      seal: form.seal,
      publish: {
        ...publish,
        name: form.image,
        ...textOf('namespace', place.publish),
        ...textOf('description', form.description),
        ...(form.preference === ''
          ? {}
          : { preference: { ...before?.spec.publish.preference, name: form.preference } }),
      },
      ...textOf('size', form.size),
      ...textOf('storageClassName', form.class ?? ''),
      ...numberOf('keepVersions', form.keep),
      ...(typeof form.minutes === 'number' ? { timeoutSeconds: form.minutes * 60 } : {}),
      ...(Object.keys(builder).length === 0 ? {} : { builder }),
    },
  }
}

function sourceOf(form: BuildForm, before: ImageBuildSource | undefined): ImageBuildSource {
  const [namespace = '', name = ''] = form.chosen.split('/')
  switch (form.base) {
    case 'debian':
      return { debian: before?.debian ?? { release: 'bookworm' } }
    case 'dataSource':
      return { dataSource: { namespace, name } }
    case 'pvc':
      return { pvc: { namespace, name } }
    case 'http': {
      const { checksum: _checksum, secretRef: _secret, certConfigMap: _certificates, ...rest } = before?.http ?? {}
      return { http: { ...rest, url: form.url, ...textOf('checksum', form.checksum), ...accessOf(form) } }
    }
    case 'registry': {
      const { secretRef: _secret, certConfigMap: _certificates, ...rest } = before?.registry ?? {}
      const url = form.url.includes('://') ? form.url : `docker://${form.url}`
      return { registry: { ...rest, url, ...accessOf(form) } }
    }
  }
}

function accessOf({ secret, certificates }: BuildForm): { secretRef?: string; certConfigMap?: string } {
  return { ...textOf('secretRef', secret), ...textOf('certConfigMap', certificates) }
}

function userOf({ name, keys, secret, secretKey, sudo }: UserEntry): ImageBuildUser {
  const sshKeys = keys
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  return {
    name,
    sudo,
    ...(sshKeys.length === 0 ? {} : { sshKeys }),
    ...(secret === '' ? {} : { passwordSecret: { name: secret, key: secretKey } }),
  }
}

function fileOf({ path, kind, content, name, key, mode, owner }: FileEntry): ImageBuildFile {
  return {
    path,
    ...(kind === 'content' ? { content } : { [kind]: { name, key } }),
    ...textOf('mode', mode),
    ...textOf('owner', owner),
  }
}

/** What is wrong with it, each by the message of this page and the field that it stands at. The rules are the server's. */
export function problemsOf(build: ImageBuild): { field: string; word: string }[] {
  const known = validateImageBuild(build).map(({ field = '' }) => ({ field, word: wordOf(field) }))
  const { users = [], files = [] } = build.spec.customise ?? {}
  // The schema's own.
  const names = users.flatMap(({ name }, index) =>
    /^[a-z_][a-z0-9_-]{0,31}$/.test(name) ? [] : [{ field: `spec.customise.users[${index}].name`, word: 'badUser' }],
  )
  const modes = files.flatMap(({ mode, path }, index) => [
    ...(mode === undefined || /^0?[0-7]{3,4}$/.test(mode)
      ? []
      : [{ field: `spec.customise.files[${index}].mode`, word: 'badMode' }]),
    ...(path.startsWith('/') ? [] : [{ field: `spec.customise.files[${index}].path`, word: 'badPath' }]),
  ])
  return [...names, ...modes, ...known]
}

const words: readonly (readonly [RegExp, string])[] = [
  [/^spec\.from/, 'badSource'],
  [/^spec\.size$/, 'badSize'],
  [/^spec\.builder\.memory$/, 'badMemory'],
  [/\.sshKeys\[\d+\]$/, 'badKey'],
  [/\.users\[\d+\]$/, 'noLogin'],
  [/\.files\[\d+\]\.path$/, 'badPath'],
  [/\.files\[\d+\]$/, 'noContent'],
  [/\.commands\[\d+\]$/, 'noCommand'],
  [/^spec\.customise$/, 'nothingToDo'],
]

function wordOf(field: string): string {
  return words.find(([pattern]) => pattern.test(field))?.[1] ?? 'wrong'
}

function textOf<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  // A computed key widens to an index signature; there is only this one.
  return (value === undefined || value === '' ? {} : { [key]: value }) as { [K in Key]?: string }
}

function numberOf<Key extends string>(key: Key, value: number | string): { [K in Key]?: number } {
  return (typeof value === 'number' ? { [key]: value } : {}) as { [K in Key]?: number }
}
