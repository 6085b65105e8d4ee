/** Where everything lives: one folder holds the store, the keys, the machines, the volumes and the images. */

import { chmod, mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

export interface DataDirectory {
  readonly root: string
  readonly store: string
  readonly pki: string
  /** The driver's state directory: one folder per running machine. */
  readonly machines: string
  /** Disks that live as long as one run of a machine: cloud-init, emptyDisk, configMap and secret disks. */
  readonly ephemeral: string
  /** One folder per PersistentVolume. */
  readonly volumes: string
  readonly images: string
  /** Container images, as layers and unpacked. */
  readonly containerImages: string
  /** What imports and uploads bring before it is checked and converted: one folder per volume. */
  readonly imports: string
  readonly logs: string
  /** Who changed what through the API. */
  readonly auditLog: string
  readonly adminKubeconfig: string
  /** The console's: it acts as the people signed in to it. */
  readonly consoleKubeconfig: string
  /** The console's own folder: its users, sessions and preferences. The engine does not look into it. */
  readonly console: string
  /** Who runs the engine now, for `berth status` and `berth down`. */
  readonly engineFile: string
}

/** `/var/lib/berth` as root, `$XDG_DATA_HOME/berth` (usually `~/.local/share/berth`) otherwise. */
export function defaultDataDirectory(environment: NodeJS.ProcessEnv, uid: number): string {
  if (uid === 0) return '/var/lib/berth'
  return join(environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'berth')
}

/** @param given where it lies; a relative path is one from where the process stands now: machines are told absolute ones */
export function dataDirectory(given: string): DataDirectory {
  const root = resolve(given)
  return {
    root,
    store: join(root, 'store'),
    pki: join(root, 'pki'),
    machines: join(root, 'machines'),
    ephemeral: join(root, 'ephemeral'),
    volumes: join(root, 'volumes'),
    images: join(root, 'images'),
    containerImages: join(root, 'container-images'),
    imports: join(root, 'imports'),
    logs: join(root, 'logs'),
    auditLog: join(root, 'logs', 'audit', 'audit.log'),
    adminKubeconfig: join(root, 'admin.kubeconfig'),
    consoleKubeconfig: join(root, 'console.kubeconfig'),
    console: join(root, 'console'),
    engineFile: join(root, 'engine.json'),
  }
}

/** Words without the place of the data directory: where the engine keeps its files is nothing for who reads a machine's status. */
export function withoutRoot(words: string, { root }: Pick<DataDirectory, 'root'>): string {
  return words.replaceAll(`${root}/`, '')
}

/** Makes the folders, private (0700): machines run as other users, but are handed their files already open. */
export async function makeDataDirectory(paths: DataDirectory): Promise<void> {
  const { root, store, pki, machines, ephemeral, volumes, images, imports, logs } = paths
  for (const folder of [root, store, pki, machines, ephemeral, volumes, images, imports, logs]) {
    await mkdir(folder, { recursive: true })
    await chmod(folder, 0o700)
  }
}
