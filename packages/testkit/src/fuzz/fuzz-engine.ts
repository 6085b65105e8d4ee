/** Fuzzes a whole engine with simulated machines, through its handler and over TLS. */

import type { TestEngine } from '../test-engine.ts'
import { eventually } from '../eventually.ts'
import { gadgetDefinition, gadgets, namespace, seeds } from './corpus.ts'
import { fuzz, type FuzzReport } from './fuzz.ts'
import { randomFrom } from './random.ts'
import { rawTarget } from './raw-target.ts'
import { handlerTarget, tlsTarget } from './targets.ts'

export interface FuzzEngineOptions {
  seed: number
  /** Milliseconds. */
  duration: number
  requestsAtLeast?: number
  log?: (text: string) => void
}

export async function fuzzEngine(engine: TestEngine, options: FuzzEngineOptions): Promise<FuzzReport> {
  const admin = await engine.pki.issueClientCertificate({ commonName: 'fuzzer', organizations: ['system:masters'] })
  const access = { server: engine.server, ca: engine.pki.caCertificate, cert: admin.certificate, key: admin.key }
  const tls = tlsTarget(access)
  const raw = rawTarget(access, randomFrom(options.seed))
  const { handler } = engine.api
  const asAdmin = handlerTarget(handler, { name: 'fuzzer', groups: ['system:masters', 'system:authenticated'] })
  const asNobody = handlerTarget(handler, { name: 'nobody', groups: ['system:authenticated'] })
  const call = async (method: string, path: string, object?: object): Promise<number> => {
    const body = Buffer.from(object === undefined ? '' : JSON.stringify(object))
    return (await asAdmin({ method, path, headers: { 'content-type': 'application/json' }, body })).code
  }
  const setUp = async (): Promise<void> => {
    await call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', gadgetDefinition)
    // Something of each kind, for requests that need something to be there.
    for (const { collection, object } of seeds) await call('POST', collection.replace('{ns}', namespace), object)
  }
  const cleanUp = async (): Promise<void> => {
    for (const { collection } of seeds) {
      const path = collection.replace('{ns}', namespace)
      const cluster = !collection.includes('{ns}')
      const made = cluster ? [`${path}/a`, `${path}/b`, `${path}/widgets.fuzz.example`] : [path]
      for (const each of made) await call('DELETE', each)
    }
    await setUp()
  }
  await setUp()
  await eventually(async () => (await call('GET', gadgets.collection.replace('{ns}', namespace))) === 200, {
    what: 'the custom resource to be served',
  })
  try {
    return await fuzz({
      ...options,
      targets: [...Array.from({ length: 8 }, () => asAdmin), asNobody, tls.send, raw],
      cleanUp,
    })
  } finally {
    tls.close()
  }
}
