/** Sign-in data for registries, as `docker login` writes it and image pull secrets hold it. Pure. */

import { ImagingError } from '../errors.ts'
import { dockerHub, type ImageReference } from '../oci/reference.ts'
import { isObject, parseObject } from '../oci/manifest.ts'

export interface RegistryCredentials {
  username: string
  password: string
  /** A refresh token, given instead of a password. */
  identityToken?: string
}

interface Entry extends RegistryCredentials {
  /** `quay.io`, `quay.io/team` or `*.example.com`; without a scheme and a version. */
  registry: string
}

/** Of one secret or configuration file. */
export type RegistryLogins = readonly Entry[]

/**
 * @param text the content of `.dockerconfigjson`
 * @throws {ImagingError} InvalidArgument
 */
export function parseDockerConfig(text: string): RegistryLogins {
  return entriesOf(parse(text)['auths'])
}

/** The older form, `.dockercfg`: the entries without anything around them. */
export function parseDockerCfg(text: string): RegistryLogins {
  return entriesOf(parse(text))
}

function parse(text: string): Record<string, unknown> {
  try {
    return parseObject(Buffer.from(text), 'the pull secret')
  } catch (cause) {
    throw new ImagingError('InvalidArgument', 'the pull secret is not a docker configuration', {
      cause,
      remedy: 'Make it with `kubectl create secret docker-registry`.',
    })
  }
}

function entriesOf(auths: unknown): RegistryLogins {
  if (!isObject(auths)) return []
  return Object.entries(auths).flatMap(([name, value]): Entry[] => {
    if (!isObject(value)) return []
    const { auth, username, password, identitytoken } = value
    const [user, secret] = typeof auth === 'string' && auth !== '' ? decode(auth) : [username, password]
    if (typeof user !== 'string' || typeof secret !== 'string') return []
    return [
      {
        registry: plainRegistry(name),
        username: user,
        password: secret,
        ...(typeof identitytoken === 'string' && identitytoken !== '' ? { identityToken: identitytoken } : {}),
      },
    ]
  })
}

function decode(auth: string): [string | undefined, string | undefined] {
  const text = Buffer.from(auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? [undefined, undefined] : [text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, '')]
}

/** `https://index.docker.io/v1/` is how docker names its own registry. */
function plainRegistry(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/+$/, '')
  return plain === 'index.docker.io' || plain === 'registry-1.docker.io' ? dockerHub : plain
}

/** The sign-in data for an image: what names the longest part of its address counts, as with kubelet. */
export function credentialsFor(
  { registry, repository }: ImageReference,
  logins: RegistryLogins,
): RegistryCredentials | undefined {
  const address = `${registry}/${repository}`
  return logins
    .filter((entry) => covers(entry.registry, address))
    .toSorted((a, b) => b.registry.length - a.registry.length)[0]
}

/** `*` stands for one label of the host. */
function covers(pattern: string, address: string): boolean {
  const [host = '', ...path] = pattern.split('/')
  const [ownHost = '', ...ownPath] = address.split('/')
  const labels = host.split('.')
  const own = ownHost.split('.')
  return (
    labels.length === own.length &&
    labels.every((label, index) => label === '*' || label === own[index]) &&
    path.every((part, index) => part === ownPath[index])
  )
}
