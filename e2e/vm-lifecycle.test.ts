// The life of a real machine: QEMU, a real kernel, every lifecycle subresource, and what people see of it.
import type { VirtualMachineInstance } from '@berth/api'
import { eventually, guestMachine, machineVerbs, uniqueName, useEngine } from '@berth/testkit'
import { describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'qemu' })
const { act, becomes, create, eventReasons, greeted, greetings, instance, instanceBecomes, status } =
  machineVerbs(engine)

describe('a machine that always runs', () => {
  it('boots, is paused, resumed, reset, rebooted, restarted, stopped, started and deleted', async () => {
    const { kubectl, leftovers, qemuProcesses } = engine()
    const name = await create('anna', {
      spec: (spec) => {
        spec.terminationGracePeriodSeconds = 10
        spec.domain.features = { acpi: { enabled: true } }
      },
    })
    await kubectl('wait', `vm/${name}`, '--for=condition=Ready', '--timeout=60s')
    expect(await status(name)).toBe('Running')
    expect(await qemuProcesses()).toHaveLength(1)
    await greeted(name)
    expect(await kubectl('logs', '-l', `vm.kubevirt.io/name=${name}`, '--tail=-1')).toContain(`Hello from ${name}`)

    expect((await act('vm', name, 'start')).code).toBe(409)
    expect((await act('vmi', name, 'unpause')).text).toContain('VMI is not paused')
    expect(await act('vmi', name, 'pause')).toMatchObject({ code: 200, text: '' })
    await becomes(name, 'Paused')
    expect(await kubectl('get', 'vmi', name, '-o', 'wide')).toMatch(/True\s*$/)
    expect((await act('vmi', name, 'pause')).text).toContain('VMI is already paused')
    expect((await act('vmi', name, 'softreboot')).code).toBe(409)
    expect((await act('vmi', name, 'unpause')).code).toBe(200)
    await becomes(name, 'Running')

    expect(await act('vmi', name, 'reset')).toMatchObject({ code: 200, text: '' })
    await eventually(async () => (await greetings(name)) === 2, { what: 'the second greeting', timeoutMs: 90_000 })
    expect(await act('vmi', name, 'softreboot')).toMatchObject({ code: 200, text: '' })
    await eventually(async () => (await greetings(name)) === 3, { what: 'the third greeting', timeoutMs: 90_000 })

    const first = await instance(name)
    expect(await act('vm', name, 'restart')).toMatchObject({ code: 202, text: '' })
    await instanceBecomes(name, 'Running', first)
    // Another instance of the same machine.
    const mac = (of: VirtualMachineInstance | undefined): string | undefined => of?.status?.interfaces?.[0]?.mac
    expect(mac(first)).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
    expect(mac(await instance(name))).toBe(mac(first))

    expect(await act('vm', name, 'stop', { gracePeriod: 0 })).toMatchObject({ code: 202, text: '' })
    await becomes(name, 'Stopped')
    expect(await kubectl('get', 'vm', name, '-o', 'jsonpath={.spec.runStrategy}')).toBe('Halted')
    await eventually(async () => (await instance(name)) === undefined, { what: 'the ended instance to go' })
    expect((await act('vm', name, 'stop')).text).toContain('VM is not running')
    expect(await qemuProcesses()).toEqual([])

    expect((await act('vm', name, 'start', { paused: true })).code).toBe(202)
    await becomes(name, 'Paused')
    expect((await act('vmi', name, 'unpause')).code).toBe(200)
    await becomes(name, 'Running')

    await kubectl('delete', 'vm', name)
    expect(await instance(name)).toBeUndefined()
    expect(await qemuProcesses()).toEqual([])
    await eventually(async () => (await leftovers()).length === 0, { what: 'its files to go' })
    expect(await kubectl('get', 'pods', '-l', `vm.kubevirt.io/name=${name}`, '-o', 'name')).toBe('')
    const wanted =
      'SuccessfulCreate Created Started Paused Unpaused Reset SoftRebooted ShuttingDown Stopped SuccessfulDelete'
    expect(await eventReasons(name)).toEqual(expect.arrayContaining(wanted.split(' ')))
  })

  it('shows every status of its life to somebody who watches', async () => {
    const { kubectl } = engine()
    const name = uniqueName('seen')
    const column = 'jsonpath={.status.printableStatus}{"\\n"}'
    const watch = kubectl.start('get', 'vm', '-w', '-l', `name=${name}`, '-o', column)
    try {
      // A guest that still boots does not hear that it is asked to stop.
      const atOnce = (spec: VirtualMachineInstance['spec']): void => void (spec.terminationGracePeriodSeconds = 0)
      await kubectl.with(guestMachine(name, { labels: { name }, spec: atOnce }), 'create', '-f', '-')
      await becomes(name, 'Running')
      await act('vm', name, 'stop', { gracePeriod: 0 })
      await becomes(name, 'Stopped')
      await act('vm', name, 'start')
      await becomes(name, 'Running')
      await kubectl('delete', 'vm', name)
      const lines = watch.stdout().split('\n')
      const seen = lines.filter((line, index) => line !== '' && line !== lines[index - 1])
      expect(seen).toEqual(['Starting', 'Running', 'Stopping', 'Stopped', 'Starting', 'Running', 'Terminating'])
    } finally {
      await watch.stop()
    }
  })

  it('asks the guest to power off, and pulls the plug when it does not', async () => {
    const { kubectl } = engine()
    const polite = await create('polite', { spec: (spec) => void (spec.terminationGracePeriodSeconds = 3600) })
    const deaf = await create('deaf', {
      spec: (spec) => {
        spec.terminationGracePeriodSeconds = 1
        spec.domain.features = { acpi: { enabled: false } }
      },
    })
    await greeted(polite)
    // Would take an hour if the guest did not obey.
    await kubectl('delete', 'vm', polite)
    await becomes(deaf, 'Running')
    await kubectl('delete', 'vm', deaf)
    expect(await instance(deaf)).toBeUndefined()
  })
})

describe('a machine that cannot start', () => {
  it('backs off, says why, and starts when it is mended', async () => {
    const { kubectl } = engine()
    // Admission lets it pass; no machine takes a control character in its tables.
    const name = await create('wrong', { spec: ({ domain }) => void (domain.chassis = { sku: 'a\u0001b' }) })
    await becomes(name, 'CrashLoopBackOff')
    expect(await kubectl('get', 'vm', name, '-o', 'jsonpath={.status.startFailure.consecutiveFailCount}')).toMatch(
      /^[1-9]/,
    )
    const events = await kubectl('get', 'events', '--field-selector', `involvedObject.name=${name}`)
    expect(events).toMatch(/Warning .* control character/)
    const mended = '{"spec":{"template":{"spec":{"domain":{"chassis":{"sku":"ab"}}}}}}'
    await kubectl('patch', 'vm', name, '--type=merge', '-p', mended)
    await becomes(name, 'Running')
    await kubectl('delete', 'vm', name)
  })
})

describe('at the end', () => {
  it('nothing is left: no process, no file', async () => {
    const { kubectl, leftovers, qemuProcesses } = engine()
    await kubectl('delete', 'vm', '--all')
    await eventually(async () => (await leftovers()).length === 0, { what: 'the files to go' })
    expect(await qemuProcesses()).toEqual([])
  })
})
