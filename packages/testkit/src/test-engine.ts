/** An engine of one's own: a temporary data directory, a free port, and nothing left behind at the end. */

import { virtualMachineInstances, virtualMachines } from '@berth/api'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { dataDirectory, startEngine, type Engine } from '@berth/engine'
import { connectionOf, createHttpTransport, loadKubeconfig, writeKubeconfig } from '@berth/kube'
import { capturedLog } from './captured-log.ts'
import { eventually } from './eventually.ts'
import { guestShell, type GuestShell } from './guest-shell.ts'
import { keepAcceleration } from './known-acceleration.ts'
import { prepareDataDirectory } from './prepared-data-directory.ts'
import { kubectlWith, type Kubectl } from './kubectl/kubectl.ts'
import { newestKubectl } from './kubectl/programs.ts'
import { rawClient, type RawClient } from './raw-request.ts'
import { qemuProcesses } from './qemu-processes.ts'

export interface TestEngineOptions {
  /** `simulated` runs no guests. */
  driver: 'qemu' | 'simulated'
  hostDiskFolders?: readonly string[]
  nodes?: number
}

export interface TestEngine extends Engine {
  dataDir: string
  /** A folder for the test's own files, removed with the rest. */
  scratch: string
  /** The newest kubectl of this machine, with the administrator's kubeconfig. */
  kubectl: Kubectl
  /** A kubectl that signs in with a token or a certificate of its own. */
  kubectlAs: (credentials: { token: string } | { cert: string; key: string }) => Promise<Kubectl>
  /** One request as the administrator or anybody, with nothing checked on the way. */
  raw: RawClient
  /** A WebSocket of KubeVirt's stream protocol to a path, as the administrator, over TLS. */
  connect: (path: string) => Promise<Duplex>
  /** A root shell on the serial console of a machine that runs the built-in guest. */
  shell: (name: string, namespace?: string) => Promise<GuestShell>
  /** What the engine logged. */
  log: () => string
  /** Names of what lies in `machines/`, `ephemeral/` and the folders of `volumes/`, like `volumes/volumes/pvc-1`. Empty when nothing was left. */
  leftovers: () => Promise<string[]>
  qemuProcesses: () => Promise<number[]>
  /** Deletes every machine, stops the engine and removes the data directory. Fails when a QEMU process is left (and ends it). */
  stop(): Promise<void>
}

const subresources = '/apis/subresources.kubevirt.io/v1'

/** @throws when no kubectl is on this machine; the message says what to install */
export async function startTestEngine(options: TestEngineOptions): Promise<TestEngine> {
  const program = await newestKubectl()
  const root = await mkdtemp(join(tmpdir(), 'berth-test-'))
  const dataDir = join(root, 'data')
  const scratch = join(root, 'scratch')
  const home = join(root, 'home')
  const log = capturedLog()
  await Promise.all([mkdir(scratch), mkdir(home)])
  try {
    const { machines } = dataDirectory(dataDir)
    await prepareDataDirectory(dataDir)
    const engine = await startEngine({ ...options, dataDir, port: 0, logger: log })
    await keepAcceleration(machines)
    const { server, pki } = engine
    const kubectl = kubectlWith({ program, kubeconfig: engine.paths.adminKubeconfig, home })
    const { connection } = await connectionOf(await loadKubeconfig([engine.paths.adminKubeconfig]))
    const transport = createHttpTransport(connection)
    const connect = (path: string) => transport.upgrade({ path, protocol: 'plain.kubevirt.io' })
    const admin = await pki.issueClientCertificate({ commonName: 'test', organizations: ['system:masters'] })
    return {
      ...engine,
      dataDir,
      scratch,
      kubectl,
      async kubectlAs(credentials) {
        const kubeconfig = join(scratch, `${randomUUID()}.kubeconfig`)
        await writeKubeconfig(kubeconfig, { name: 'test', server, ca: pki.caCertificate, ...credentials })
        return kubectl.as({ kubeconfig })
      },
      raw: rawClient(engine, admin),
      connect,
      shell: async (name, namespace = 'default') =>
        guestShell(await connect(`${subresources}/namespaces/${namespace}/virtualmachineinstances/${name}/console`)),
      log: () => log.lines().join('\n'),
      leftovers: () => leftoversOf(engine),
      qemuProcesses: () => qemuProcesses(dataDir),
      async stop() {
        try {
          await transport.close()
          await deleteMachines(engine)
          await engine.close()
          await expectNoQemu(dataDir)
        } finally {
          await rm(root, { recursive: true, force: true })
        }
      },
    }
  } catch (error) {
    await rm(root, { recursive: true, force: true })
    throw error
  }
}

/** A name no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`
}

async function leftoversOf({ paths }: Engine): Promise<string[]> {
  // A storage's own folders stay; what may be left is in them.
  const ofVolumes = ['images', 'volumes', 'snapshots', 'states', 'staging', 'journal'].map((name) =>
    join(paths.volumes, name),
  )
  const folders = [paths.machines, paths.ephemeral, ...ofVolumes]
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder))
        // The drivers' own records: what acceleration was found, and the simulated machines' journal.
        .filter((name) => name !== '.acceleration.json' && name !== 'simulated.json')
        .map((name) => `${folder.slice(paths.root.length + 1)}/${name}`),
    ),
  )
  return found.flat()
}

async function deleteMachines({ client, services }: Engine): Promise<void> {
  const { items: machines } = await client.list(virtualMachines)
  const { items: instances } = await client.list(virtualMachineInstances)
  const target = (object: { metadata: { namespace?: string; name?: string } }) => ({
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name ?? '',
  })
  // Gone between the list and here is as good.
  const gone = (): void => {}
  for (const machine of machines)
    await client.delete(virtualMachines, target(machine), { propagationPolicy: 'Background' }).catch(gone)
  for (const instance of instances)
    await client.delete(virtualMachineInstances, target(instance), { gracePeriodSeconds: 0 }).catch(gone)
  for (const domain of services.driver.list()) if (domain.status.state !== 'stopped') await domain.destroy()
  await eventually(() => services.driver.list().every((domain) => domain.status.state === 'stopped'), {
    what: 'the machines to end',
  })
}

async function expectNoQemu(dataDir: string): Promise<void> {
  const left = await qemuProcesses(dataDir)
  for (const pid of left) process.kill(pid, 'SIGKILL')
  if (left.length > 0) throw new Error(`QEMU processes were left behind: ${left.join(', ')}`)
}
