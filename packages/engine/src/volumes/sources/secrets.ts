/** What imports need beside an address: user names and passwords, headers, certificates, and the way through a proxy. */

import { getCACertificates, rootCertificates } from 'node:tls'
import { cdiConfigs } from '@berth/api'
import {
  parseDockerCfg,
  parseDockerConfig,
  parseReference,
  proxyFromEnvironment,
  type ImageRequest,
  type ProxySettings,
  type RegistryLogins,
} from '@berth/imaging'
import { configMaps, secrets, type Client } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { EngineError } from '../../errors.ts'
import type { EngineServices } from '../../services.ts'

interface Place {
  client: Client
  namespace: string
}

/** The values of a secret. @throws {EngineError} MissingDependency */
async function secretOf({ client, namespace }: Place, name: string): Promise<Record<string, string>> {
  const secret = await unlessMissing(client.get(secrets, { namespace, name }))
  if (secret === undefined) {
    throw new EngineError('MissingDependency', `the secret "${name}" with the credentials is not there`, {
      remedy: `Make it in namespace ${namespace}; the import goes on by itself.`,
    })
  }
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  )
}

/** User and password by CDI's keys; undefined when no secret is named. */
export async function keyPair(
  place: Place,
  secretRef: string | undefined,
): Promise<{ id: string; key: string; token?: string } | undefined> {
  if (secretRef === undefined || secretRef === '') return undefined
  const { accessKeyId: id = '', secretKey: key = '', sessionToken } = await secretOf(place, secretRef)
  if (id === '' && key === '') {
    throw new EngineError('MissingDependency', `the secret "${secretRef}" has neither accessKeyId nor secretKey`, {
      remedy: 'Put the user name into accessKeyId and the password into secretKey.',
    })
  }
  return { id, key, ...(sessionToken === undefined ? {} : { token: sessionToken }) }
}

/** Sign-in data for the registry of one image: a user and a password, or what `docker login` wrote. */
async function registryLogins(
  place: Place,
  { secretRef, image }: { secretRef: string | undefined; image: string },
): Promise<RegistryLogins> {
  if (secretRef === undefined || secretRef === '') return []
  const values = await secretOf(place, secretRef)
  const config = values['.dockerconfigjson']
  if (config !== undefined) return parseDockerConfig(config)
  const old = values['.dockercfg']
  if (old !== undefined) return parseDockerCfg(old)
  const { registry } = parseReference(image)
  return [{ registry, username: values['accessKeyId'] ?? '', password: values['secretKey'] ?? '' }]
}

/** @throws {EngineError} MissingDependency, ImportRefused for what is no header */
export async function extraHeaders(
  place: Place,
  { extraHeaders: plain = [], secretExtraHeaders = [] }: { extraHeaders?: string[]; secretExtraHeaders?: string[] },
): Promise<Record<string, string>> {
  const hidden = await Promise.all(secretExtraHeaders.map(async (name) => Object.values(await secretOf(place, name))))
  const headers: Record<string, string> = {}
  for (const line of [...plain, ...hidden.flat()]) {
    const [, name, value] =
      /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\u0020-\u007e\u0080-\u00ff]*?)\s*$/.exec(line) ?? []
    if (name === undefined || value === undefined) {
      // Not shown: it may be the secret one.
      throw new EngineError('ImportRefused', 'one of the extra headers is not of the form "Name: value"')
    }
    if (reserved.has(name.toLowerCase())) {
      throw new EngineError('ImportRefused', `the header "${name}" is set by the download itself`)
    }
    headers[name] = value
  }
  return headers
}

/** They say how the message is to be read, or which part is wanted. */
const reserved: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'if-range',
  'proxy-authorization',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** PEM certificates of a config map. @throws {EngineError} MissingDependency */
export async function certificatesOf(place: Place, name: string | undefined): Promise<string | undefined> {
  if (name === undefined || name === '') return undefined
  const { client, namespace } = place
  const found = await unlessMissing(client.get(configMaps, { namespace, name }))
  const texts = Object.values(found?.data ?? {}).filter((text) => text.includes('-----BEGIN CERTIFICATE-----'))
  if (texts.length > 0) return texts.join('\n')
  const why = found === undefined ? 'is not there' : 'holds no PEM certificate'
  throw new EngineError('MissingDependency', `the config map "${name}" with the certificates ${why}`, {
    remedy: `Make it in namespace ${namespace}; the import goes on by itself.`,
  })
}

/** These beside the system's: who trusts one more authority does not stop to trust the others. */
export function withSystem(certificates: string | undefined): string | undefined {
  if (certificates === undefined) return undefined
  const system = getCACertificates('default')
  return [...(system.length > 0 ? system : rootCertificates), certificates].join('\n')
}

interface ImportSettings {
  proxy: ProxySettings
  /** That may be reached unencrypted. */
  insecureRegistries: readonly string[]
}

/** CDI's configuration counts before the engine's environment. */
export async function importSettings(
  { client, importRules }: Pick<EngineServices, 'client' | 'importRules'>,
  environment: NodeJS.ProcessEnv,
): Promise<ImportSettings> {
  const { refuses } = importRules
  const config = await unlessMissing(client.get(cdiConfigs, { name: 'config' }))
  const { importProxy, insecureRegistries = [] } = config?.spec ?? {}
  if (importProxy === undefined) return { proxy: { ...proxyFromEnvironment(environment), refuses }, insecureRegistries }
  const { HTTPProxy: http, HTTPSProxy: https, noProxy: none } = importProxy
  const proxy = {
    refuses,
    ...(http === undefined || http === '' ? {} : { http }),
    ...(https === undefined || https === '' ? {} : { https }),
    ...(none === undefined || none === '' ? {} : { none }),
  }
  return { proxy, insecureRegistries }
}

/** What a pull of an image needs beside its name. */
export async function pullSettings(
  place: Place & Pick<EngineServices, 'importRules'>,
  {
    image,
    secretRef,
    certConfigMap,
  }: { image: string; secretRef?: string | undefined; certConfigMap?: string | undefined },
): Promise<Pick<ImageRequest, 'logins' | 'ca' | 'insecure' | 'proxy'>> {
  const [logins, ca, { proxy, insecureRegistries }] = await Promise.all([
    registryLogins(place, { secretRef, image }),
    certificatesOf(place, certConfigMap),
    importSettings(place, process.env),
  ])
  const insecure = insecureRegistries.includes(parseReference(image).registry)
  return { logins, insecure, proxy, ...(ca === undefined ? {} : { ca }) }
}
