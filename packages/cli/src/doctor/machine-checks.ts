/** What machines can have on this host beside QEMU, and what earlier ones have left on it. */

import type { EnginePort } from '../engine-port.ts'
import type { Check, Finding } from './check.ts'

type Helpers = Awaited<ReturnType<EnginePort['hostHelpers']>>
type Leftovers = Awaited<ReturnType<EnginePort['leftovers']>>

/** Longer lists are cut; the log of the engine names all. */
const mostNamed = 5

export const machineChecks: readonly Check[] = [
  {
    id: 'tpm',
    title: 'TPM emulator',
    async run({ dataDirectory, engine }) {
      const { tpm } = await (await engine()).hostHelpers(dataDirectory)
      return ofProgram(tpm, 'apt install swtpm (for VMs with a TPM)')
    },
  },
  {
    id: 'virtiofs',
    title: 'Shared folders',
    async run({ dataDirectory, engine }) {
      const { virtiofs } = await (await engine()).hostHelpers(dataDirectory)
      return ofProgram(
        virtiofs,
        'apt install qemu-system-common or virtiofsd, and let users make user namespaces (for VMs that mount config maps and secrets)',
      )
    },
  },
  {
    id: 'limits',
    title: 'Limits of VMs',
    async run({ dataDirectory, engine }) {
      return ofLimits((await (await engine()).hostHelpers(dataDirectory)).cgroup)
    },
  },
  {
    id: 'leftovers',
    title: 'Leftovers',
    async run({ dataDirectory, engine }) {
      return ofLeftovers(await (await engine()).leftovers(dataDirectory))
    },
  },
]

function ofProgram(program: Helpers['tpm'], remedy: string): Finding {
  if ('path' in program) return { verdict: 'ok', detail: program.path }
  return { verdict: 'warn', detail: program.missing, remedy }
}

export function ofLimits({ version, controllers, missing }: Helpers['cgroup']): Finding {
  const kept =
    controllers.length === 0 ? 'none' : `${controllers.join(', ')} (control groups, version ${version ?? '?'})`
  if (missing === undefined) return { verdict: 'ok', detail: kept }
  return {
    verdict: 'warn',
    detail: `kept: ${kept}; ${missing}`,
    remedy:
      'Run the engine as root, or as a service with Delegate=yes and DelegateSubgroup=engine. VMs run without limits, too.',
  }
}

export function ofLeftovers(found: Leftovers): Finding {
  if (found.length === 0) return { verdict: 'ok', detail: 'none: everything belongs to a VM or a volume' }
  const named = found.slice(0, mostNamed).map(({ kind, what }) => `${kind}: ${what}`)
  const more = found.length - named.length
  const byHand = found.filter(({ cleaned }) => !cleaned)
  return {
    verdict: 'warn',
    detail: [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; '),
    remedy:
      byHand.length === 0
        ? 'They go when the engine starts the next time: `berth down`, then `berth up`.'
        : 'Nothing in the API names them; after a restored backup they may be the only copy of some data. End such processes and delete such files by hand, once you know that nobody needs them.',
  }
}
