import { virtualMachineInstances, type VirtualMachineInstance } from '@berth/api'
import { simulateGuest } from '@berth/hypervisor'
import { getCondition, isConditionTrue, StatusError } from '@berth/meta'
import { pods, secrets } from '@berth/kube'
import { describe, expect, it } from 'vitest'
import { machineOf } from '../../testing/manifests.ts'
import { namespace, TestEngine } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'

function condition(
  cluster: TestEngine,
  type: string,
  holds: (found: { status: string; message?: string; reason?: string } | undefined) => boolean,
): Promise<VirtualMachineInstance> {
  return until(
    `condition ${type}`,
    () => cluster.instance('web'),
    (instance) => instance !== undefined && holds(getCondition(instance.status?.conditions, type)),
  )
}

async function refusal(action: Promise<unknown>): Promise<string> {
  try {
    await action
  } catch (error) {
    if (error instanceof StatusError) return `${error.httpCode} ${error.message}`
    throw error
  }
  return 'accepted'
}

describe('probes', () => {
  it('make a machine ready, and its pod', async () => {
    await using cluster = await TestEngine.start({ simulated: { bootDelayMs: 60_000 } })
    await cluster.create(
      machineOf('web', { spec: { readinessProbe: { guestAgentPing: {}, periodSeconds: 1, failureThreshold: 1 } } }),
    )
    await cluster.running('web')
    await condition(cluster, 'Ready', (found) => found?.reason === 'ContainersNotReady')
    // The agent answers from now on.
    cluster.clock.leap(61_000)
    await until(
      'the machine is ready',
      () => {
        cluster.clock.leap(1000)
        return cluster.machine('web')
      },
      (machine) => machine?.status?.ready === true,
    )
    await until(
      'its pod is ready',
      () => cluster.client.list(pods, { namespace }),
      ({ items }) => items.every(({ status }) => isConditionTrue(status?.conditions, 'Ready')),
    )
  })

  it('leave a machine alone while it is paused', async () => {
    // Its agent never comes.
    await using cluster = await TestEngine.start({ simulated: { bootDelayMs: 3_600_000 } })
    const livenessProbe = { guestAgentPing: {}, initialDelaySeconds: 20, periodSeconds: 1, failureThreshold: 1 }
    await cluster.create(machineOf('web', { spec: { livenessProbe } }))
    const instance = await cluster.running('web')
    await cluster.act('web', 'pause')
    await cluster.shows('web', 'Paused')
    for (let second = 0; second < 40; second += 1) cluster.clock.leap(1000)
    expect((await cluster.events('web')).some((event) => event.startsWith('Unhealthy'))).toBe(false)
    await cluster.act('web', 'unpause')
    await until(
      'another instance',
      () => {
        cluster.clock.leap(1000)
        return cluster.instance('web')
      },
      (found) => found !== undefined && found.metadata.uid !== instance.metadata.uid,
    )
  })

  it('runs commands in the guest, and stops a machine whose commands fail', async () => {
    await using cluster = await TestEngine.start()
    const probe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 }
    await cluster.create(machineOf('web', { runStrategy: 'Manual', spec: { livenessProbe: probe } }))
    await cluster.act('web', 'start')
    await cluster.running('web')
    await until(
      'the machine is ended',
      () => {
        cluster.clock.leap(1000)
        return cluster.instance('web')
      },
      (instance) => instance?.status?.phase === 'Succeeded',
    )
    const events = await cluster.events('web')
    expect(events).toContain('Unhealthy: Liveness probe failed: command ended with code 1')
    expect(events).toContain('Killing: Container compute failed liveness probe, will be killed')
  })

  it('keeps a machine with a probe that a pause would fail from being paused', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(
      machineOf('web', { spec: { livenessProbe: { exec: { command: ['true'] }, initialDelaySeconds: 9999 } } }),
    )
    await cluster.running('web')
    expect(await refusal(cluster.act('web', 'pause'))).toBe(
      '403 virtualmachineinstance.kubevirt.io "web" is forbidden: Pausing VMIs with a non-GuestAgentPing LivenessProbe is not supported',
    )
  })
})

describe('credentials', () => {
  const secret = (data: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'access', namespace },
    stringData: data,
  })
  const source = { secret: { secretName: 'access' } }
  const throughAgent = machineOf('web', {
    spec: {
      accessCredentials: [
        { sshPublicKey: { source, propagationMethod: { qemuGuestAgent: { users: ['me', 'you'] } } } },
        { userPassword: { source, propagationMethod: { qemuGuestAgent: {} } } },
      ],
    },
  })

  it('reach the guest, and follow their Secret', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(secrets, secret({ first: 'ssh-ed25519 A\n\n', second: 'ssh-ed25519 B' }))
    await cluster.create(throughAgent)
    const instance = await condition(cluster, 'AccessCredentialsSynchronized', (found) => found?.status === 'True')
    // Only the simulated agent remembers what it was told.
    const agent = cluster.domain(instance).agent as unknown as {
      keys: Map<string, string[]>
      passwords: Map<string, string>
    }
    expect([...agent.keys]).toEqual([
      ['me', ['ssh-ed25519 A', 'ssh-ed25519 B']],
      ['you', ['ssh-ed25519 A', 'ssh-ed25519 B']],
    ])
    expect(agent.passwords.get('second')).toBe('ssh-ed25519 B')
    expect(await cluster.events('web')).toContain('AccessCredentialsSyncSuccess: Access credentials sync successful.')
    await cluster.client.patch(
      secrets,
      { namespace, name: 'access' },
      { type: 'merge', patch: { data: null, stringData: { only: 'ssh-ed25519 C' } } },
    )
    await until(
      'the new key is there',
      () => {
        cluster.clock.leap(15_000)
        return agent.keys.get('me')
      },
      (keys) => keys?.join() === 'ssh-ed25519 C',
    )
  })

  it('say what is missing, and heal by themselves', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(throughAgent)
    await condition(cluster, 'AccessCredentialsSynchronized', (found) => found?.message?.includes('not found') === true)
    await cluster.client.create(secrets, secret({ key: 'ssh-ed25519 A' }))
    await until(
      'credentials are set',
      () => {
        cluster.clock.leap(15_000)
        return cluster.instance('web')
      },
      (instance) => isConditionTrue(instance?.status?.conditions, 'AccessCredentialsSynchronized'),
    )
  })
})

describe('freeze', () => {
  const isFrozen = async (cluster: TestEngine): Promise<boolean> =>
    cluster.domain(await cluster.running('web')).agent.isFrozen()
  const withAgent = async (cluster: TestEngine): Promise<void> => {
    await cluster.create(machineOf('web'))
    await condition(cluster, 'AgentConnected', (found) => found?.status === 'True')
  }
  const frozen = (cluster: TestEngine, expected: string | undefined) =>
    until(
      `fsFreezeStatus is ${String(expected)}`,
      () => cluster.instance('web'),
      (instance) => instance?.status?.fsFreezeStatus === expected,
    )

  it('holds the file systems until they are let go', async () => {
    await using cluster = await TestEngine.start()
    await withAgent(cluster)
    await cluster.act('web', 'freeze', { unfreezeTimeout: '5m0s' })
    expect(await isFrozen(cluster)).toBe(true)
    await frozen(cluster, 'frozen')
    await cluster.act('web', 'unfreeze')
    expect(await isFrozen(cluster)).toBe(false)
    await frozen(cluster, undefined)
  })

  it('is over when the guest starts over', async () => {
    await using cluster = await TestEngine.start()
    await withAgent(cluster)
    await cluster.act('web', 'freeze', { unfreezeTimeout: '5m0s' })
    await frozen(cluster, 'frozen')
    await cluster.act('web', 'reset')
    await frozen(cluster, undefined)
    expect((await cluster.running('web')).metadata.annotations).not.toHaveProperty('berth.dev/unfreeze-at')
  })

  it('lets go by itself, also when the engine was away', async () => {
    const first = await TestEngine.start()
    const { dataDir } = first
    try {
      await withAgent(first)
      await first.act('web', 'freeze', { unfreezeTimeout: '2m' })
      await frozen(first, 'frozen')
      await first.client.transport.close()
      await first.engine.close()
      await using second = await TestEngine.start({ dataDir })
      await frozen(second, 'frozen')
      await until(
        'thawed',
        () => {
          second.clock.leap(30_000)
          return second.instance('web')
        },
        (instance) => instance?.status?.phase === 'Running' && instance.status.fsFreezeStatus === undefined,
      )
    } finally {
      await first[Symbol.asyncDispose]()
    }
  })

  it.each<[string, object, string]>([
    ['no time', {}, '500 Internal error occurred: Unfreeze timeout in freeze request is not set'],
    ['no such time', { unfreezeTimeout: 'soon' }, '500 Internal error occurred: failed to unmarshal unfreeze timeout'],
  ])('refuses %s', async (_what, body, expected) => {
    await using cluster = await TestEngine.start()
    await withAgent(cluster)
    expect(await refusal(cluster.act('web', 'freeze', { ...body }))).toBe(expected)
  })
})

describe('what a guest does by itself', () => {
  it('a reboot goes on in the same machine, or ends it', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { runStrategy: 'Manual' }))
    await cluster.act('web', 'start')
    const running = await cluster.running('web')
    simulateGuest(cluster.domain(running), 'reboot')
    expect((await cluster.running('web')).metadata.uid).toBe(running.metadata.uid)

    const domain = { memory: { guest: '64Mi' }, devices: {}, rebootPolicy: 'Terminate' as const }
    await cluster.create({ ...machineOf('once', { spec: { domain } }) })
    const first = await cluster.running('once')
    simulateGuest(cluster.domain(first), 'reboot')
    await until(
      'another instance runs',
      () => cluster.instance('once'),
      (instance) => instance?.status?.phase === 'Running' && instance.metadata.uid !== first.metadata.uid,
    )
  })

  it('a panic is a failure with its reason', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { runStrategy: 'Manual' }))
    await cluster.act('web', 'start')
    simulateGuest(cluster.domain(await cluster.running('web')), 'panic')
    const ended = await until(
      'it has failed',
      () => cluster.client.get(virtualMachineInstances, { namespace, name: 'web' }),
      (instance) => instance.status?.phase === 'Failed',
    )
    expect(ended.status?.reason).toBe('GuestPanicked')
    expect(await cluster.events('web')).toContain('Stopped: The VirtualMachineInstance crashed. The guest panicked.')
  })

  it('a disk that fails pauses the machine, in words', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web'))
    simulateGuest(cluster.domain(await cluster.running('web')), 'io-error')
    await condition(cluster, 'Paused', (found) => found?.reason === 'PausedIOError')
    await cluster.shows('web', 'Paused')
  })
})
