/** The kubeconfigs of the administrator and the console: written at the first start, and again when the address or the certificates change. */

import { X509Certificate } from 'node:crypto'
import type { Pki } from '@berth/apiserver'
import { ClientError, connectionOf, loadKubeconfig, writeKubeconfig, type Connection } from '@berth/kube'

/** A certificate with less left is renewed. */
const renewDays = 90
const dayMs = 86_400_000

/** Whom the console is: what it may do is bound to the group (bootstrap/console-roles.ts). */
export const consoleGroup = 'berth:console'

interface Subject {
  commonName: string
  organizations: string[]
}

export function writeAdminKubeconfig(path: string, host: { pki: Pki; server: string }): Promise<void> {
  return writeKubeconfigOf({ commonName: 'berth-admin', organizations: ['system:masters'] }, { path, ...host })
}

export function writeConsoleKubeconfig(path: string, host: { pki: Pki; server: string }): Promise<void> {
  return writeKubeconfigOf({ commonName: 'berth-console', organizations: [consoleGroup] }, { path, ...host })
}

async function writeKubeconfigOf(
  subject: Subject,
  { path, pki, server }: { path: string; pki: Pki; server: string },
): Promise<void> {
  const known = await current(path)
  if (
    known !== undefined &&
    known.server === server &&
    known.ca === pki.caCertificate &&
    known.cert !== undefined &&
    isFresh(known.cert)
  )
    return
  const { certificate, key } = await pki.issueClientCertificate(subject)
  await writeKubeconfig(path, {
    name: 'berth',
    server,
    ca: pki.caCertificate,
    cert: certificate,
    key,
    namespace: 'default',
  })
}

/** What the file says now; undefined when there is none that can be read, which writing it anew mends. */
async function current(path: string): Promise<Connection | undefined> {
  try {
    return (await connectionOf(await loadKubeconfig([path]))).connection
  } catch (error) {
    if (error instanceof ClientError) return undefined
    throw error
  }
}

function isFresh(certificate: string): boolean {
  return new X509Certificate(certificate).validToDate.getTime() - Date.now() > renewDays * dayMs
}
