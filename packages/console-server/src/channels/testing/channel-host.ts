/** For tests: an engine with one cluster in front of it, and a person who opens channels. */

import { silentLogger } from '@berth/base'
import { systemClock } from '@berth/kube'
import { startTestEngine, type TestEngine } from '@berth/testkit'
import { afterAll, beforeAll } from 'vitest'
import type { Identity } from '../../clusters/cluster.ts'
import { clusterOf } from '../../clusters/testing/cluster-of.ts'
import { createParts, type Parts } from '../../parts.ts'
import type { ChannelContext } from '../channel.ts'

export interface ChannelHost {
  engine: TestEngine
  /** Of an administrator, signed in to `here` unless said otherwise. */
  context(identities?: [string, Identity][]): ChannelContext
}

/** Starts it before the tests of the file, with the cluster `here`, and ends it after them. */
export function useChannelHost(): () => ChannelHost {
  let host: (ChannelHost & { parts: Parts }) | undefined
  beforeAll(async () => {
    host = await startChannelHost()
  })
  afterAll(async () => {
    await host?.parts.close()
    await host?.engine.stop()
  })
  return () => {
    if (host === undefined) throw new Error('the engine has not started yet')
    return host
  }
}

async function startChannelHost(): Promise<ChannelHost & { parts: Parts }> {
  const engine = await startTestEngine({ driver: 'simulated' })
  const here = clusterOf(engine)
  const shared = { clusters: [here], clock: systemClock, logger: silentLogger, dataDirectory: engine.scratch }
  const parts = createParts(shared)
  return {
    engine,
    parts,
    context(identities = [['here', { kind: 'context' }]]) {
      return {
        session: {
          id: 's',
          owner: 'local:admin',
          displayName: 'admin',
          identities: new Map(identities),
          admin: true,
          signal: new AbortController().signal,
        },
        ...shared,
        part: (part) => parts.part(part),
      }
    },
  }
}
