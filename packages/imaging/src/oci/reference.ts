/** Image names as people write them: `fedora`, `quay.io/containerdisks/fedora:40`, `localhost:5000/a/b@sha256:…`. */

import { ImagingError } from '../errors.ts'
import { readDigest } from './digest.ts'

export interface ImageReference {
  /** Host and port of the registry; `docker.io` when the name has none. */
  registry: string
  repository: string
  /** `latest` when the name has neither tag nor digest. */
  tag?: string
  digest?: string
}

/** The grammar of distribution's reference package: https://github.com/distribution/reference */
const host =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const maxName = 255
const maxText = 1024

/** @throws {ImagingError} InvalidArgument */
export function parseReference(text: string): ImageReference {
  const reference = readReference(text)
  if (reference !== undefined) return reference
  throw new ImagingError(
    'InvalidArgument',
    `couldn't parse image name ${JSON.stringify(text.slice(0, 200))}: invalid reference format`,
    { remedy: 'Write it like quay.io/containerdisks/fedora:40.' },
  )
}

function readReference(text: string): ImageReference | undefined {
  if (text.length > maxText) return undefined
  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : text.slice(at + 1)
  if (digest !== undefined && readDigest(digest) === undefined) return undefined
  const named = at < 0 ? text : text.slice(0, at)
  const colon = named.lastIndexOf(':')
  // A colon before the last slash belongs to the port.
  const hasTag = colon > named.lastIndexOf('/')
  const tag = hasTag ? named.slice(colon + 1) : undefined
  if (tag !== undefined && !tagPattern.test(tag)) return undefined
  const name = splitName(hasTag ? named.slice(0, colon) : named)
  if (name === undefined) return undefined
  const wanted = tag === undefined && digest === undefined ? 'latest' : tag
  return { ...name, ...(wanted === undefined ? {} : { tag: wanted }), ...(digest === undefined ? {} : { digest }) }
}

function splitName(name: string): { registry: string; repository: string } | undefined {
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const registry = isHost(first) ? oneSpelling(first) : dockerHub
  const path = isHost(first) ? name.slice(slash + 1) : name
  const repository = registry === dockerHub && !path.includes('/') ? `library/${path}` : path
  if (!host.test(registry) || registry.length + repository.length + 1 > maxName) return undefined
  return repository.split('/').every((part) => component.test(part)) ? { registry, repository } : undefined
}

export const dockerHub = 'docker.io'

/** The first part of a name is a host only when it cannot be mistaken for a folder of Docker's registry. */
function isHost(part: string): boolean {
  return /[.:[]/.test(part) || part === 'localhost' || part !== part.toLowerCase()
}

function oneSpelling(registry: string): string {
  const lower = registry.toLowerCase()
  return lower === 'index.docker.io' ? dockerHub : lower
}

/** The whole name, the same for every spelling of one image. */
export function showReference({ registry, repository, tag, digest }: ImageReference): string {
  // `NAS/a` names a host, and `nas/a` would be a folder of Docker's registry.
  const shown = isHost(registry) ? registry : registry.toUpperCase()
  // With a digest the tag says nothing any more.
  return `${shown}/${repository}${digest === undefined ? `:${tag ?? 'latest'}` : `@${digest}`}`
}
