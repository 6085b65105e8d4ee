/** What the rules of machines ask of other objects. */

import { virtualMachines } from '@berth/api'
import type { Json } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { TestEngine } from '../testing/test-engine.ts'

const namespace = 'default'
let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.start()
})
afterAll(async () => engine[Symbol.asyncDispose]())

describe("requests in a machine's status", () => {
  it('are refused when they cannot be', async () => {
    await engine.create(machineOf('asked', { runStrategy: 'Halted' }))
    const asking = (volumeRequests: Json[]) =>
      engine.client.patch(
        virtualMachines,
        { namespace, name: 'asked', subresource: 'status' },
        { type: 'merge', patch: { status: { volumeRequests } } },
      )
    await expect(asking([{}])).rejects.toThrow(
      'admission webhook "kubevirt-crd-status-validator.kubevirt.io" denied the request: VolumeRequests require one of either addVolumeOptions or removeVolumeOptions to be set',
    )
    await expect(asking([])).resolves.toMatchObject({ metadata: { name: 'asked' } })
  })
})
