import { expect, it } from 'vitest'
import { createMemoryStore } from '@berth/store'
import { boat, boatsPath, openHarbour } from '../server/testing/harbour.ts'
import type { Store } from '../storage/store.ts'
import { creationsSettled } from './namespace-gate.ts'

it('whoever ends a namespace waits for creations that were let in before', async () => {
  const memory = createMemoryStore()
  let release: () => void = () => {}
  let reached: () => void = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  const writing = new Promise<void>((resolve) => (reached = resolve))
  // A disk that takes its time over boats.
  const write: Store['write'] = async (writes) => {
    if (writes.some(({ collection }) => collection === 'harbour.example/boats')) {
      reached()
      await released
    }
    return memory.write(writes)
  }
  const harbour = await openHarbour({ store: bound(memory, write) })
  try {
    const used = harbour.store
    const created = harbour.ask('POST', boatsPath, { body: boat('late') })
    await writing
    let settled = false
    const end = creationsSettled(used, 'default').then(() => (settled = true))
    await creationsSettled(used, 'other')
    expect(settled).toBe(false)
    release()
    await end
    expect(memory.get('harbour.example/boats', 'default/late')).toBeDefined()
    expect((await created).code).toBe(201)
    await creationsSettled(used, 'default')
  } finally {
    release()
    await harbour.close()
  }
})

/** Private members of a store do not pass through its prototype: everything but `write` is handed on. */
function bound(memory: Store, write: Store['write']): Store {
  return {
    get revision() {
      return memory.revision
    },
    get compactedRevision() {
      return memory.compactedRevision
    },
    get: (...args) => memory.get(...args),
    list: (...args) => memory.list(...args),
    count: (...args) => memory.count(...args),
    write,
    watch: (...args) => memory.watch(...args),
    onRevision: (...args) => memory.onRevision(...args),
    backup: (...args) => memory.backup(...args),
    close: () => memory.close(),
  }
}
