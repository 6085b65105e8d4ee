/** `berth controllers`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions } from '../connection/options.ts'

export const controllersCommand: CommandSpec = {
  name: 'controllers',
  summary: 'run snapshot policies and image builds beside a Kubernetes cluster',
  description:
    'The local engine runs them itself. Of several that run beside one cluster, one acts and the others wait for it to go. The cluster needs ' +
    "Berth's kinds first: --install-crds puts them there, --print-crds shows them, --print-rbac shows a service account with the rights they need.",
  options: [
    { flags: '--install-crds', summary: "put Berth's kinds on the cluster, or renew them, and end" },
    { flags: '--print-crds', summary: "print Berth's kinds as YAML, and end" },
    { flags: '--print-rbac', summary: 'print a service account, its rights, and roles for people as YAML, and end' },
    { flags: '--only NAME', summary: 'run this controller only; may be given again', repeatable: true },
    {
      flags: '--lease-namespace NAME',
      summary: 'where the Lease and the service account lie',
      default: 'berth-system',
    },
    ...connectionOptions,
  ],
  examples: ['controllers --context production', 'controllers --install-crds', 'controllers --print-rbac'],
  async run(input, context) {
    const { runBesideCluster } = await import('../controllers-process/beside-cluster.ts')
    await runBesideCluster(input, context)
  },
}
