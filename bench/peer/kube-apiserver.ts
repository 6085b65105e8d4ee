/**
 * A real kube-apiserver over etcd on this machine, with the settings people run it with (etcd syncs its log), to do the same work
 * as the engine in the same run.
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { accessSync, constants, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { BenchContext } from '../context.ts'
import { httpsClient, type ServerAccess } from '../load/https.ts'
import { endProcess } from '../load/processes.ts'
import { freePort } from '../load/until-ready.ts'

export interface PeerPrograms {
  kubeApiserver: string
  etcd: string
}

/** Named by `BERTH_BENCH_KUBE_APISERVER` and `BERTH_BENCH_ETCD`, or found on PATH; undefined when one of them is missing. */
export function peerPrograms(environment: NodeJS.ProcessEnv = process.env): PeerPrograms | undefined {
  const kubeApiserver = environment['BERTH_BENCH_KUBE_APISERVER'] ?? onPath('kube-apiserver', environment)
  const etcd = environment['BERTH_BENCH_ETCD'] ?? onPath('etcd', environment)
  return kubeApiserver === undefined || etcd === undefined ? undefined : { kubeApiserver, etcd }
}

function onPath(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const candidates = (environment['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name))
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Started on first use; undefined when the programs are not there. */
export async function peer(context: BenchContext): Promise<ServerAccess | undefined> {
  const programs = peerPrograms()
  if (programs === undefined) return undefined
  return context.shared('kube-apiserver', async () => ({
    value: await startPeer(context, programs),
    // Ended by what startPeer leaves with the context.
    dispose: async () => {},
  }))
}

async function startPeer(context: BenchContext, { kubeApiserver, etcd }: PeerPrograms): Promise<ServerAccess> {
  const folder = await context.folder('peer')
  const [clientPort, peerPort, port] = [await freePort(), await freePort(), await freePort()]
  const token = randomUUID()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = join(folder, 'sa.key')
  const tokens = join(folder, 'tokens.csv')
  await writeFile(key, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 })
  await writeFile(tokens, `${token},bench,bench,"system:masters"\n`, { mode: 0o600 })
  const clients = `http://127.0.0.1:${clientPort}`
  const peers = `http://127.0.0.1:${peerPort}`
  context.log('starting etcd and kube-apiserver')
  launch(context, etcd, {
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': clients,
    'advertise-client-urls': clients,
    'listen-peer-urls': peers,
    'initial-advertise-peer-urls': peers,
    'initial-cluster': `default=${peers}`,
  })
  const server = launch(context, kubeApiserver, {
    'etcd-servers': clients,
    'secure-port': String(port),
    'bind-address': '127.0.0.1',
    'cert-dir': join(folder, 'certs'),
    'service-cluster-ip-range': '10.96.0.0/16',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': key,
    'service-account-signing-key-file': key,
    'authorization-mode': 'RBAC',
    'token-auth-file': tokens,
  })
  const access = (): ServerAccess => ({
    host: '127.0.0.1',
    port,
    ca: readFileSync(join(folder, 'certs', 'apiserver.crt'), 'utf8'),
    headers: { authorization: `Bearer ${token}` },
  })
  await untilReady(server, access)
  return access()
}

function launch(context: BenchContext, program: string, flags: Record<string, string>): ChildProcess {
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  const child = spawn(program, args, { stdio: 'ignore' })
  child.on('error', (error) => context.log(`${program} did not start: ${error.message}`))
  context.atEnd(() => endProcess(child, 'SIGKILL'))
  return child
}

/** Ready, and the namespace that objects are made in is there. */
async function untilReady(server: ChildProcess, access: () => ServerAccess): Promise<void> {
  const deadline = performance.now() + 120_000
  while (performance.now() < deadline && server.exitCode === null) {
    if (await answers(access)) return
    await delay(200)
  }
  throw new Error('kube-apiserver was not ready within two minutes')
}

async function answers(access: () => ServerAccess): Promise<boolean> {
  let client
  try {
    client = httpsClient(access(), 1)
    const ready = await client.send('GET', '/readyz')
    const namespace = await client.send('GET', '/api/v1/namespaces/default')
    return ready.code === 200 && namespace.code === 200
  } catch {
    // Its certificate is not made yet, or it does not listen yet.
    return false
  } finally {
    client?.close()
  }
}
