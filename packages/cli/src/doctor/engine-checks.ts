/** The engine: whether it runs, whether its certificate holds, whether the host really runs guests with KVM. */

import { X509Certificate } from 'node:crypto'
import { messageOf } from '@berth/base'
import { connectionOf, createClient, createHttpTransport, loadKubeconfig } from '@berth/kube'
import { adminKubeconfig } from '../locations.ts'
import type { Check } from './check.ts'

const dayMs = 86_400_000
/** Time enough to notice and renew. */
const soonMs = 30 * dayMs

export const engineChecks: readonly Check[] = [
  {
    id: 'acceleration',
    title: 'Hardware acceleration',
    async run({ dataDirectory, engine, signal }) {
      const { kind, why } = await (await engine()).probeAcceleration({ dataDir: dataDirectory, signal })
      if (kind === 'kvm') return { verdict: 'ok', detail: 'a guest was started with KVM' }
      return {
        verdict: 'warn',
        detail: `VMs run by emulation: ${why ?? 'KVM does not run a guest here'}`,
        remedy: 'Everything works, slowly. Where this host is a VM itself, ask its owner for nested virtualization.',
      }
    },
  },
  {
    id: 'engine',
    title: 'Engine',
    async run({ dataDirectory, engine }) {
      const state = await (await engine()).engineStatus(dataDirectory)
      if (state.state === 'stopped') return { verdict: 'warn', detail: 'not running', remedy: 'berth up' }
      const { connection } = await connectionOf(await loadKubeconfig([adminKubeconfig(dataDirectory)]))
      const transport = createHttpTransport(connection, { answerTimeoutMs: 5000 })
      try {
        await createClient(transport).raw({ method: 'GET', path: '/version' })
        return { verdict: 'ok', detail: `answers at ${state.server}` }
      } catch (error) {
        return {
          verdict: 'fail',
          detail: `process ${state.pid} runs, but ${messageOf(error)}`,
          remedy: `See ${dataDirectory}/logs/engine.log; \`berth down\` and \`berth up\` start it anew.`,
        }
      } finally {
        await transport.close()
      }
    },
  },
  {
    id: 'certificate',
    title: 'Admin certificate',
    async run({ dataDirectory, clock }) {
      let cert: string | undefined
      try {
        const { connection } = await connectionOf(await loadKubeconfig([adminKubeconfig(dataDirectory)]))
        cert = connection.cert
      } catch (error) {
        return { verdict: 'warn', detail: messageOf(error), remedy: 'The first `berth up` makes it.' }
      }
      if (cert === undefined) return { verdict: 'ok', detail: 'none: the kubeconfig signs in by other means' }
      const { validTo } = new X509Certificate(cert)
      const leftMs = Date.parse(validTo) - clock.now().getTime()
      const end = new Date(validTo).toISOString()
      const detail = leftMs <= 0 ? `expired on ${end}` : `valid until ${end}`
      const remedy = 'Start the engine anew: `berth up` renews it.'
      if (leftMs <= 0) return { verdict: 'fail', detail, remedy }
      return leftMs < soonMs ? { verdict: 'warn', detail, remedy } : { verdict: 'ok', detail }
    },
  },
]
