/** How a machine is, by asking its QEMU. */

import type { DomainStatus } from '../driver.ts'
import type { QmpClient } from '../qmp/client.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { describeFailingDisks } from './failing-disks.ts'
import type { DomainRecord, Ending } from './record.ts'
import { meaningOf } from './run-state.ts'

export type Answer = { kind: 'status'; status: DomainStatus } | { kind: 'over'; ending: Ending }

/** undefined of a machine that is still being set up. */
export async function askState(
  qmp: QmpClient,
  { spec, record, isAgentConnected }: { spec: DomainSpec; record: DomainRecord; isAgentConnected: () => boolean },
): Promise<Answer | undefined> {
  const meaning = meaningOf(await qmp.execute('query-status'))
  const pid = record.process === undefined ? {} : { pid: record.process.pid }
  // As it is when the answer is there.
  const common = () => ({ agentConnected: isAgentConnected(), ...pid })
  switch (meaning.kind) {
    case 'running':
      return { kind: 'status', status: { state: 'running', ...common() } }
    case 'paused': {
      const { reason } = meaning
      const detail = reason === 'io-error' ? await describeFailingDisks(spec, qmp) : undefined
      return {
        kind: 'status',
        status: { state: 'paused', reason, ...(detail === undefined ? {} : { detail }), ...common() },
      }
    }
    case 'prelaunch':
      return record.phase === 'up'
        ? { kind: 'status', status: { state: 'paused', reason: 'user', ...common() } }
        : undefined
    case 'over':
      return { kind: 'over', ending: meaning }
  }
}
