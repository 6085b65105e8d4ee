/** Creates machines over TLS and times each from sending the request to the event that says Running. */

import { setTimeout as delay } from 'node:timers/promises'
import type { VirtualMachine, VirtualMachineInstance } from '@berth/api'
import { expectCode, httpsClient, type ServerAccess } from './https.ts'
import { objectsOf } from './objects.ts'
import { openWatch, watchAgent } from './watching.ts'

/** Machines that take longer have failed. */
const timeoutMs = 120_000
const instancesPath = '/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances'

interface InstanceEvent {
  type: string
  object: VirtualMachineInstance
}

export interface MachineStarter {
  /** Milliseconds from sending the create request to the watch event with phase Running. */
  start(machine: VirtualMachine): Promise<number>
  /** One every `everyMs`, not waiting for those before. */
  startMany(machines: readonly VirtualMachine[], everyMs: number): Promise<number[]>
  /** Deletes a machine and waits until its instance is gone. */
  remove(name: string): Promise<void>
  close(): void
}

export async function openStarter(access: ServerAccess): Promise<MachineStarter> {
  const { path } = objectsOf.haltedMachines
  const client = httpsClient(access, 16)
  const agent = watchAgent(access)
  const waiting = new Map<string, (at: number) => void>()
  const watching = await openWatch(access, {
    agent,
    path: `${instancesPath}?watch=true`,
    onLine(line, at) {
      const { type, object } = JSON.parse(line) as InstanceEvent // the API's own answer
      const state = type === 'DELETED' ? 'Gone' : object.status?.phase
      waiting.get(`${object.metadata.name ?? ''} ${state ?? ''}`)?.(at)
    },
  })

  function reached(name: string, state: 'Running' | 'Gone'): Promise<number> {
    const key = `${name} ${state}`
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const timer = setTimeout(() => reject(new Error(`"${name}" is not ${state} after ${timeoutMs} ms`)), timeoutMs)
    waiting.set(key, resolve)
    return promise.finally(() => {
      clearTimeout(timer)
      waiting.delete(key)
    })
  }

  async function start(machine: VirtualMachine): Promise<number> {
    const name = machine.metadata.name ?? ''
    const running = reached(name, 'Running')
    const sentAt = performance.now()
    const body = JSON.stringify(machine)
    const [at] = await Promise.all([
      running,
      client.send('POST', path, body).then((answer) => expectCode(answer, 201, `create ${name}`)),
    ])
    return at - sentAt
  }

  return {
    start,
    async startMany(machines, everyMs) {
      const begin = performance.now()
      return Promise.all(
        machines.map(async (machine, index) => {
          await delay(Math.max(0, begin + index * everyMs - performance.now()))
          return start(machine)
        }),
      )
    },
    async remove(name) {
      const gone = reached(name, 'Gone')
      await Promise.all([
        gone,
        client.send('DELETE', `${path}/${name}`).then((answer) => expectCode(answer, 200, `delete ${name}`)),
      ])
    },
    close() {
      watching.stop()
      client.close()
      agent.destroy()
    },
  }
}
