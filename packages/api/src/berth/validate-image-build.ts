/** What is refused of an ImageBuild beyond its schema. The controller asks the same on clusters, where nothing else does. */

import {
  deepEqual,
  invalidValue,
  MetaError,
  parseQuantity,
  quantityToBytes,
  requiredValue,
  type StatusCause,
} from '@berth/meta'
import type { ImageBuild, ImageBuildFile, ImageBuildSpec } from '../types/image-build.ts'

/** What the machine is told has to fit into a Secret, with room for the rest. */
const maxContentLength = 512 * 1024
/** Names of what a build makes are made from its own. */
const maxNameLength = 45
const sources = ['debian', 'dataSource', 'pvc', 'http', 'registry'] as const
// oxlint-disable-next-line no-control-regex
const controls = /[\0-\x08\x0B-\x1F\x7F]/

export function validateImageBuild({ metadata, spec }: ImageBuild, previous?: ImageBuild): StatusCause[] {
  const { name = '' } = metadata
  const long = name.length > maxNameLength
  return [
    ...(long ? [invalidValue('metadata.name', name, `must be no more than ${maxNameLength} characters`)] : []),
    ...sourceProblems(spec.from),
    ...quantityProblems('spec.size', spec.size, 1024 ** 2),
    ...quantityProblems('spec.builder.memory', spec.builder?.memory, 64 * 1024 ** 2),
    ...customisationProblems(spec),
    ...changeProblems(spec, previous?.spec),
  ]
}

function sourceProblems(from: ImageBuildSpec['from']): StatusCause[] {
  const given = sources.filter((source) => from[source] !== undefined)
  if (given.length === 0) return [requiredValue('spec.from', `give one of ${sources.join(', ')}`)]
  if (given.length > 1) return [invalidValue('spec.from', given.join(', '), 'give only one source')]
  const url = from.http?.url
  if (url !== undefined && !/^https?:\/\/[^\s]+$/.test(url)) {
    return [invalidValue('spec.from.http.url', url, 'must begin with http:// or https://')]
  }
  const image = from.registry?.url
  if (image !== undefined && !/^(docker|oci-archive):\/\/\S+$/.test(image)) {
    return [invalidValue('spec.from.registry.url', image, 'must begin with docker://')]
  }
  return []
}

function quantityProblems(field: string, value: string | undefined, least: number): StatusCause[] {
  if (value === undefined) return []
  try {
    if (quantityToBytes(parseQuantity(value)) >= least) return []
    return [invalidValue(field, value, `must be at least ${least / 1024 ** 2}Mi`)]
  } catch (error) {
    if (!(error instanceof MetaError)) throw error
    return [invalidValue(field, value, 'is no quantity, like 10Gi')]
  }
}

function customisationProblems({ customise = {}, seal = true }: ImageBuildSpec): StatusCause[] {
  const { packages = [], files = [], users = [], commands = [] } = customise
  const causes = files.flatMap((file, index) => fileProblems(`spec.customise.files[${index}]`, file))
  users.forEach(({ name, sshKeys = [], passwordSecret }, index) => {
    const field = `spec.customise.users[${index}]`
    sshKeys.forEach((key, at) => {
      if (!/^(?:ssh|ecdsa|sk)-[^\s]+ [^\s]+(?: [^\r\n]*)?$/.test(key.trim())) {
        causes.push(invalidValue(`${field}.sshKeys[${at}]`, key.slice(0, 60), 'is no public key of SSH'))
      }
    })
    if (sshKeys.length === 0 && passwordSecret === undefined && name !== 'root') {
      causes.push(requiredValue(field, 'give sshKeys or passwordSecret, or nobody can log in as this user'))
    }
  })
  commands.forEach((command, index) => {
    if (command.trim() === '') causes.push(requiredValue(`spec.customise.commands[${index}]`, 'is empty'))
    if (command.includes('\0')) {
      causes.push(invalidValue(`spec.customise.commands[${index}]`, command.slice(0, 60), 'has a zero byte in it'))
    }
  })
  const length = [...files.map(({ content = '' }) => content), ...commands].reduce((sum, part) => sum + part.length, 0)
  if (length > maxContentLength) {
    causes.push(
      invalidValue(
        'spec.customise',
        length,
        `contents and commands must be no more than ${maxContentLength} characters`,
      ),
    )
  }
  if (packages.length + files.length + users.length + commands.length === 0 && !seal) {
    causes.push(
      requiredValue('spec.customise', 'nothing would be done: give packages, files, users or commands, or seal'),
    )
  }
  return causes
}

function fileProblems(field: string, { path, content, secretRef, configMapRef }: ImageBuildFile): StatusCause[] {
  const given = [content, secretRef, configMapRef].filter((part) => part !== undefined).length
  const causes: StatusCause[] = []
  if (given !== 1) causes.push(requiredValue(field, 'give one of content, secretRef and configMapRef'))
  const bad = path.split('/').some((part) => part === '..' || part === '.') || path.endsWith('/') || controls.test(path)
  if (bad) causes.push(invalidValue(`${field}.path`, path, 'must be the plain absolute path of a file'))
  return causes
}

/** A build does what it was asked for at first; it can only be told to stop. */
function changeProblems(spec: ImageBuildSpec, previous: ImageBuildSpec | undefined): StatusCause[] {
  if (previous === undefined) return []
  const { cancel, ...rest } = spec
  const { cancel: before, ...others } = previous
  if (before === true && cancel !== true)
    return [invalidValue('spec.cancel', cancel ?? false, 'a build that was cancelled stays so; make another')]
  if (deepEqual(rest, others)) return []
  return [{ reason: 'FieldValueForbidden', field: 'spec', message: 'only cancel may change; make another build' }]
}
