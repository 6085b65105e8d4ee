/** Writes a kubeconfig with one context, so that a reader never sees half of it and no other user may read it. */

import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface KubeconfigContent {
  /** Name of the cluster, the user and the context. */
  name: string
  server: string
  /** PEM. */
  ca?: string
  cert?: string
  key?: string
  token?: string
  namespace?: string
}

export async function renderKubeconfig(content: KubeconfigContent): Promise<string> {
  const { toYaml } = await import('./yaml-text.ts')
  const { name, server, ca, cert, key, token, namespace } = content
  return toYaml({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name, user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key), token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
  })
}

/** Writes with mode 0600 beside `path` and renames over it; makes the folder (0700) when needed. */
export async function writeKubeconfig(path: string, content: KubeconfigContent): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = join(folder, `.kubeconfig-${randomUUID()}`)
  const text = await renderKubeconfig(content)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function base64(pem: string | undefined): string | undefined {
  return pem === undefined ? undefined : Buffer.from(pem).toString('base64')
}
