/** A kubeconfig for a user of this server, so that kubectl can be tried at once. */

import type { Pki } from '../auth/pki.ts'

export interface KubeconfigOptions {
  pki: Pki
  /** `https://127.0.0.1:6443` */
  server: string
  user: string
  groups?: readonly string[]
}

/** The file's text (JSON, which is YAML too), with a client certificate and its key in it: keep it secret. */
export async function makeKubeconfig({ pki, server, user, groups = [] }: KubeconfigOptions): Promise<string> {
  const { certificate, key } = await pki.issueClientCertificate({ commonName: user, organizations: groups })
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'local', cluster: { server, 'certificate-authority-data': base64(pki.caCertificate) } }],
    users: [{ name: user, user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) } }],
    contexts: [{ name: 'local', context: { cluster: 'local', user } }],
    'current-context': 'local',
  }
  return `${JSON.stringify(config, null, 2)}\n`
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
