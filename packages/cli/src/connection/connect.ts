/** From options to a client. */

import { connectionOf, createClient, createHttpTransport, loadKubeconfig } from '@berth/kube'
import type { ConnectOptions, Session } from '../context.ts'
import { findKubeconfig } from './find-kubeconfig.ts'

export async function connect(
  options: ConnectOptions,
  where: { environment: NodeJS.ProcessEnv; dataDirectory: string; homeDirectory: string; interactive: boolean },
): Promise<Session> {
  const choice = await findKubeconfig({ ...where, given: options.kubeconfig })
  const config = await loadKubeconfig(choice.paths, { optional: choice.optional })
  const found = await connectionOf(config, options.context)
  const transport = createHttpTransport(found.connection, {
    interactive: where.interactive,
    async runPlugin(invocation) {
      const { runCredentialCommand } = await import('../process/credential-command.ts')
      return runCredentialCommand(invocation)
    },
  })
  const { ca, insecureSkipTlsVerify = false } = found.connection
  return {
    trust: { insecure: insecureSkipTlsVerify, ...(ca === undefined ? {} : { ca }) },
    client: createClient(transport),
    namespace: options.namespace ?? found.namespace,
    origin: `${config.files.join(', ')} (context ${found.context})`,
  }
}
