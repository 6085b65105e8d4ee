/** A cluster reached over HTTP, with one client per person, made of the connection and who they are. */

import { createClient, createHttpTransport, type Client, type Connection, type CredentialOptions } from '@berth/kube'
import type { Cluster, Identity } from './cluster.ts'
import { watchReachability } from './reachability.ts'

export interface ClusterOptions {
  /** In URLs and keys of rows: letters, digits, `.`, `_` and `-`. */
  id: string
  name: string
  kind: 'engine' | 'kubernetes'
  namespace: string
  /** Asked once, at the start; what expires in it (credential commands, token files) is renewed by the client. */
  connection: () => Promise<Connection>
  /**
   * How the connection's own credentials are used.
   * `context`: by the one person who runs the console. `impersonate`: they are the console's, and act as local users.
   * `none`: not at all, people bring their own tokens.
   */
  credentials: 'context' | 'impersonate' | 'none'
  /** Of credential commands. */
  credentialOptions?: CredentialOptions
  /** Where its numbers of machines are kept: the address before `/api/v1/…`. Without one they are sampled while somebody looks. */
  prometheus?: Pick<Connection, 'server' | 'ca'>
}

/** Clients nobody used lately are closed beyond this many. */
const maxClients = 500

export async function connectCluster(options: ClusterOptions): Promise<Cluster> {
  const { id, name, kind, namespace, credentials, credentialOptions = {} } = options
  const connection = await options.connection()
  const clients = new Map<string, Client>()
  const bare: Connection = { server: connection.server, credentials: { kind: 'none' }, ...trustOf(connection) }

  function make(target: Connection): Client {
    return createClient(createHttpTransport(target, { ...credentialOptions, userAgent: 'berth-console' }))
  }

  function connectionFor(identity: Identity): Connection {
    switch (identity.kind) {
      case 'token':
        return { ...bare, credentials: { kind: 'token', token: identity.token } }
      case 'impersonated':
        if (credentials !== 'impersonate') throw new Error(`nobody is impersonated at cluster "${id}"`)
        return { ...connection, impersonate: { user: identity.user, groups: [...identity.groups] } }
      case 'context':
        if (credentials !== 'context') throw new Error(`the credentials of cluster "${id}" are nobody's own`)
        return connection
    }
  }

  function clientFor(identity: Identity): Client {
    const key = keyOf(identity)
    const known = clients.get(key)
    const client = known ?? make(connectionFor(identity))
    // Last in the map: used last.
    clients.delete(key)
    clients.set(key, client)
    if (clients.size > maxClients) dropOldest()
    return client
  }

  function dropOldest(): void {
    const [oldest] = clients
    if (oldest === undefined) return
    clients.delete(oldest[0])
    void oldest[1].transport.close()
  }

  const service = credentials === 'impersonate' ? make(connection) : undefined
  const prometheus =
    options.prometheus === undefined ? undefined : make({ ...options.prometheus, credentials: { kind: 'none' } })
  const reachability = watchReachability(make(bare), connection.server)
  return {
    id,
    name,
    kind,
    namespace,
    service,
    ...(prometheus === undefined ? {} : { prometheus }),
    credentials,
    trust: {
      ...(connection.ca === undefined ? {} : { ca: connection.ca }),
      insecure: connection.insecureSkipTlsVerify === true,
    },
    clientFor,
    reachable: () => reachability.state(),
    async close() {
      const all = [...clients.values(), ...[service, prometheus].filter((client) => client !== undefined)]
      clients.clear()
      await Promise.all([...all.map((client) => client.transport.close()), reachability.close()])
    },
  }
}

function trustOf(connection: Connection): Partial<Connection> {
  const { ca, serverName, insecureSkipTlsVerify } = connection
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(insecureSkipTlsVerify === undefined ? {} : { insecureSkipTlsVerify }),
  }
}

function keyOf(identity: Identity): string {
  switch (identity.kind) {
    case 'token':
      return `token\0${identity.token}`
    case 'impersonated':
      return `as\0${identity.user}\0${identity.groups.join('\0')}`
    case 'context':
      return 'context'
  }
}
