/** Which kubeconfig counts: --kubeconfig, $KUBECONFIG, the local engine's, ~/.kube/config. */

import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { CliError } from '../failure.ts'
import { adminKubeconfig } from '../locations.ts'

export interface KubeconfigChoice {
  paths: string[]
  /** Files of a list may be missing. */
  optional: boolean
}

export async function findKubeconfig(where: {
  given: string | undefined
  environment: NodeJS.ProcessEnv
  dataDirectory: string
  homeDirectory: string
}): Promise<KubeconfigChoice> {
  const { given, environment, dataDirectory, homeDirectory } = where
  if (given !== undefined) return { paths: [given], optional: false }
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '')
  if (listed.length > 0) return { paths: listed, optional: true }
  const engine = adminKubeconfig(dataDirectory)
  for (const path of [engine, join(homeDirectory, '.kube', 'config')]) {
    if (await exists(path)) return { paths: [path], optional: false }
  }
  throw new CliError(
    'Unreachable',
    `no kubeconfig: neither --kubeconfig nor $KUBECONFIG is set, and ${engine} is not there`,
    {
      remedy: 'Start the local engine with `berth up`, or name a cluster with --kubeconfig.',
    },
  )
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
