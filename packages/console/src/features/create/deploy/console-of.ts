import { machineTabPath } from '../../../routes/paths.ts'
import type { Deployed } from './use-deploy.ts'

/** Where to go when it is made: to its console, or to its page when it does not start by itself. */
export function consoleOf(cluster: string, { machine }: Deployed): string {
  const { namespace = '', name = '' } = machine.metadata
  const tab = machine.spec.runStrategy === 'Manual' ? 'summary' : 'console'
  return machineTabPath({ cluster, namespace, name, tab })
}
