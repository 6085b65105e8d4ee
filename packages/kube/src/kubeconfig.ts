/**
 * Kubeconfig files: loading, merging and choosing a context by kubectl's rules (first file wins per name, relative paths count
 * from the file they are written in, files of a list may be missing).
 */

import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { messageOf } from '@berth/base'
import { isRecord } from './answer.ts'
import { ClientError } from './errors.ts'

/** A named entry as written, with the folder its relative paths count from. */
interface Entry {
  values: Record<string, unknown>
  folder: string
}

/** Several files merged. */
export interface Kubeconfig {
  currentContext: string | undefined
  clusters: Map<string, Entry>
  users: Map<string, Entry>
  contexts: Map<string, Entry>
  /** Files that were read, for messages. */
  files: string[]
}

/** A credential command (client.authentication.k8s.io). */
export interface ExecPlugin {
  apiVersion: string
  command: string
  args: string[]
  env: Record<string, string>
  installHint: string | undefined
  interactiveMode: 'Never' | 'IfAvailable' | 'Always'
  provideClusterInfo: boolean
}

export type Credentials =
  | { kind: 'none' }
  | { kind: 'token'; token: string }
  /** Read again at intervals: projected tokens rotate. */
  | { kind: 'tokenFile'; path: string }
  | { kind: 'basic'; username: string; password: string }
  | { kind: 'exec'; plugin: ExecPlugin }

/** Everything needed to reach a server. PEM texts, not paths. */
export interface Connection {
  /** `https://host:port[/prefix]`, no slash at the end. */
  server: string
  ca?: string
  cert?: string
  key?: string
  /** Name the certificate must be for, when not the address's. */
  serverName?: string
  insecureSkipTlsVerify?: boolean
  credentials: Credentials
  impersonate?: { user: string; groups: string[] }
}

export interface ContextConnection {
  connection: Connection
  context: string
  cluster: string
  user: string
  /** `default` unless the context names one. */
  namespace: string
}

/**
 * Loads and merges kubeconfig files.
 * @param paths in order of precedence
 * @param options.optional true when missing files are skipped (a KUBECONFIG list), as kubectl does
 * @throws {ClientError} BadKubeconfig
 */
export async function loadKubeconfig(
  paths: readonly string[],
  options: { optional?: boolean } = {},
): Promise<Kubeconfig> {
  const config: Kubeconfig = {
    currentContext: undefined,
    clusters: new Map(),
    users: new Map(),
    contexts: new Map(),
    files: [],
  }
  for (const path of paths) {
    const text = await readText(path, options.optional === true)
    if (text !== undefined) await merge(config, path, text)
  }
  return config
}

async function readText(path: string, optional: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (missing && optional) return undefined
    throw bad(`cannot read kubeconfig ${path}: ${missing ? 'no such file' : messageOf(cause)}`, { cause })
  }
}

async function merge(config: Kubeconfig, path: string, text: string): Promise<void> {
  const { parseYaml } = await import('./yaml-text.ts')
  let document: unknown
  try {
    document = parseYaml(text)
  } catch (cause) {
    throw bad(`kubeconfig ${path} is not YAML: ${messageOf(cause)}`, { cause })
  }
  config.files.push(path)
  if (document === null) return
  if (!isRecord(document)) throw bad(`kubeconfig ${path} is not a mapping`)
  const current = document['current-context']
  if (typeof current === 'string' && current !== '') config.currentContext ??= current
  const lists = [
    ['clusters', 'cluster', config.clusters],
    ['users', 'user', config.users],
    ['contexts', 'context', config.contexts],
  ] as const
  for (const [list, member, target] of lists) {
    const items = document[list] ?? []
    if (!Array.isArray(items)) throw bad(`kubeconfig ${path}: ${list} is not a list`)
    for (const item of items as unknown[]) {
      if (!isRecord(item) || typeof item['name'] !== 'string')
        throw bad(`kubeconfig ${path}: an item of ${list} has no name`)
      const values = item[member] ?? {}
      if (!isRecord(values)) throw bad(`kubeconfig ${path}: ${list} "${item['name']}" has no ${member}`)
      if (!target.has(item['name'])) target.set(item['name'], { values, folder: dirname(resolve(path)) })
    }
  }
}

/**
 * What a context means: address, trust and credentials. Certificate files are read now, token files later.
 * @param contextName the current context unless given
 * @throws {ClientError} BadKubeconfig
 */
export async function connectionOf(config: Kubeconfig, contextName?: string): Promise<ContextConnection> {
  const name = contextName ?? config.currentContext
  const known = [...config.contexts.keys()]
  if (name === undefined) {
    throw bad(`no current context in ${config.files.join(', ') || 'any kubeconfig'}`, {
      remedy: known.length === 0 ? 'Pass --kubeconfig.' : `Pass --context; there are: ${known.join(', ')}.`,
    })
  }
  const context = config.contexts.get(name)
  if (context === undefined) {
    throw bad(`no context "${name}" in ${config.files.join(', ') || 'any kubeconfig'}`, {
      remedy: known.length === 0 ? 'Pass --kubeconfig.' : `There are: ${known.join(', ')}.`,
    })
  }
  const clusterName = textOf(context, 'cluster') ?? ''
  const userName = textOf(context, 'user') ?? ''
  const cluster = config.clusters.get(clusterName)
  if (cluster === undefined) throw bad(`context "${name}" names the cluster "${clusterName}", which is not there`)
  const user = userName === '' ? undefined : config.users.get(userName)
  if (user === undefined && userName !== '')
    throw bad(`context "${name}" names the user "${userName}", which is not there`)
  const connection = await clusterConnection(clusterName, cluster)
  if (user !== undefined) await addUser(connection, userName, user)
  return {
    connection,
    context: name,
    cluster: clusterName,
    user: userName,
    namespace: textOf(context, 'namespace') ?? 'default',
  }
}

async function clusterConnection(name: string, cluster: Entry): Promise<Connection> {
  const server = textOf(cluster, 'server')
  if (server === undefined || !URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) {
    throw bad(`cluster "${name}" has no http(s) server address`)
  }
  if (textOf(cluster, 'proxy-url') !== undefined) {
    throw bad(`cluster "${name}" asks for a proxy (proxy-url), which is not supported`, {
      remedy: 'Reach the server directly, or through a local port forward.',
    })
  }
  const connection: Connection = { server: server.replace(/\/+$/, ''), credentials: { kind: 'none' } }
  const ca = await pem(cluster, 'certificate-authority')
  if (ca !== undefined) connection.ca = ca
  const serverName = textOf(cluster, 'tls-server-name')
  if (serverName !== undefined) connection.serverName = serverName
  if (cluster.values['insecure-skip-tls-verify'] === true) {
    if (ca !== undefined) throw bad(`cluster "${name}" has both a certificate-authority and insecure-skip-tls-verify`)
    connection.insecureSkipTlsVerify = true
  }
  return connection
}

async function addUser(connection: Connection, name: string, user: Entry): Promise<void> {
  const cert = await pem(user, 'client-certificate')
  const key = await pem(user, 'client-key')
  if ((cert === undefined) !== (key === undefined)) {
    throw bad(`user "${name}" has only one of client-certificate and client-key`)
  }
  if (cert !== undefined) connection.cert = cert
  if (key !== undefined) connection.key = key
  connection.credentials = credentialsOf(name, user)
  const impersonated = textOf(user, 'as')
  const groups = user.values['as-groups']
  if (impersonated !== undefined) {
    connection.impersonate = { user: impersonated, groups: Array.isArray(groups) ? groups.map(String) : [] }
  }
}

/** kubectl's precedence: a token over a token file's content is "file first"; exec only when neither is there. */
function credentialsOf(name: string, user: Entry): Credentials {
  const tokenFile = textOf(user, 'tokenFile')
  if (tokenFile !== undefined) return { kind: 'tokenFile', path: resolve(user.folder, tokenFile) }
  const token = textOf(user, 'token')
  if (token !== undefined) return { kind: 'token', token }
  const username = textOf(user, 'username')
  if (username !== undefined) return { kind: 'basic', username, password: textOf(user, 'password') ?? '' }
  if (user.values['auth-provider'] !== undefined) {
    throw bad(`user "${name}" uses an auth-provider, which Kubernetes removed in 1.26`, {
      remedy: 'Use a credential plugin (users[].user.exec) instead.',
    })
  }
  const exec = user.values['exec']
  if (exec === undefined || exec === null) return { kind: 'none' }
  if (!isRecord(exec)) throw bad(`user "${name}": exec is not a mapping`)
  return { kind: 'exec', plugin: pluginOf(name, exec, user.folder) }
}

const execVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']
const interactiveModes = ['Never', 'IfAvailable', 'Always'] as const

function pluginOf(name: string, exec: Record<string, unknown>, folder: string): ExecPlugin {
  const { apiVersion, command, args = [], env = [], installHint } = exec
  if (typeof apiVersion !== 'string' || !execVersions.includes(apiVersion)) {
    throw bad(`user "${name}": exec.apiVersion must be ${execVersions.join(' or ')}`)
  }
  if (typeof command !== 'string' || command === '') throw bad(`user "${name}": exec.command is missing`)
  if (args !== null && !Array.isArray(args)) throw bad(`user "${name}": exec.args is not a list`)
  if (env !== null && !Array.isArray(env)) throw bad(`user "${name}": exec.env is not a list`)
  const variables: Record<string, string> = {}
  for (const item of (env ?? []) as unknown[]) {
    if (!isRecord(item) || typeof item['name'] !== 'string')
      throw bad(`user "${name}": exec.env has an item without a name`)
    variables[item['name']] = typeof item['value'] === 'string' ? item['value'] : ''
  }
  const mode = interactiveModes.find((known) => known === exec['interactiveMode']) ?? 'IfAvailable'
  return {
    apiVersion,
    // A bare name is looked up in PATH; a relative path counts from the kubeconfig.
    command: command.includes('/') ? resolve(folder, command) : command,
    args: (args ?? []).map(String),
    env: variables,
    installHint: typeof installHint === 'string' ? installHint : undefined,
    interactiveMode: mode,
    provideClusterInfo: exec['provideClusterInfo'] === true,
  }
}

function textOf(entry: Entry, key: string): string | undefined {
  const value = entry.values[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `<key>-data` (base64) before the file `<key>`. */
async function pem(entry: Entry, key: string): Promise<string | undefined> {
  const data = textOf(entry, `${key}-data`)
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8')
  const file = textOf(entry, key)
  if (file === undefined) return undefined
  const path = resolve(entry.folder, file)
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw bad(`cannot read ${key} ${path}: ${messageOf(cause)}`, { cause })
  }
}

function bad(message: string, options: { remedy?: string; cause?: unknown } = {}): ClientError {
  return new ClientError('BadKubeconfig', message, options)
}
