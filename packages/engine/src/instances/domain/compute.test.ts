import { defaultInstance, type VirtualMachineInstanceSpec } from '@berth/api'
import type { ComputeSpec } from '@berth/hypervisor'
import type { KubeObject } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { instanceOf } from '../../testing/manifests.ts'
import { translationServices } from '../../testing/services.ts'
import { buildDomainSpec } from '../domain-spec.ts'

type Domain = VirtualMachineInstanceSpec['domain']

async function translate(
  spec: Partial<VirtualMachineInstanceSpec>,
  objects: readonly KubeObject[] = [],
): Promise<ComputeSpec> {
  await using host = await translationServices(objects)
  const instance = instanceOf('web', structuredClone(spec))
  instance.metadata.uid = '5c2f6f1e-0000-4000-8000-000000000001'
  return await buildDomainSpec(instance, host.services)
}

const compute = (domain: Partial<Domain>): Promise<ComputeSpec> =>
  translate({ domain: { memory: { guest: '64Mi' }, ...domain, devices: {} } })

describe('the compute part of a machine', () => {
  it.each<[string, Partial<Domain>, Partial<ComputeSpec>]>([
    [
      'the best processor, by either name',
      { cpu: { model: 'host-model', sockets: 2, maxSockets: 8 } },
      { cpu: { features: [], sockets: 2, cores: 1, threads: 1, maxSockets: 8 } },
    ],
    [
      'features, required unless they say otherwise',
      { cpu: { features: [{ name: 'aes' }, { name: 'hle', policy: 'force' }] } },
      {
        cpu: {
          features: [
            { name: 'aes', policy: 'require' },
            { name: 'hle', policy: 'force' },
          ],
          sockets: 1,
          cores: 1,
          threads: 1,
        },
      },
    ],
    [
      'processors of its own',
      { cpu: { dedicatedCpuPlacement: true, isolateEmulatorThread: true, numa: { guestMappingPassthrough: {} } } },
      { cpu: { features: [], sockets: 1, cores: 1, threads: 1, dedicated: { isolateEmulator: true, numa: true } } },
    ],
    [
      'processors that go before all else',
      { cpu: { cores: 5, dedicatedCpuPlacement: true, realtime: { mask: '0-3,^1' } } },
      {
        cpu: {
          features: [],
          sockets: 1,
          cores: 5,
          threads: 1,
          dedicated: { isolateEmulator: false, numa: false, realtime: [0, 2, 3] },
        },
      },
    ],
    [
      'memory of huge pages, locked, with room to grow',
      {
        memory: {
          guest: '1Gi',
          maxGuest: '4Gi',
          hugepages: { pageSize: '2Mi' },
          reservedOverhead: { memLock: 'Required' },
        },
      },
      { memoryMiB: 1024, maxMemoryMiB: 4096, hugePageBytes: 2097152, lockedMemory: true },
    ],
    [
      'its chassis, beside what the cluster says of all machines',
      { chassis: { manufacturer: 'm', version: 'v', serial: 's', asset: 'a', sku: 'k' } },
      {
        smbios: {
          system: { manufacturer: 'KubeVirt', product: 'None', family: 'KubeVirt' },
          chassis: { manufacturer: 'm', version: 'v', serial: 's', asset: 'a', sku: 'k' },
        },
      },
    ],
    [
      'its timers, there unless they say otherwise',
      {
        clock: {
          timezone: 'Europe/Paris',
          timer: {
            hpet: { present: false },
            pit: { tickPolicy: 'delay' },
            rtc: { tickPolicy: 'catchup', track: 'guest' },
            kvm: {},
          },
        },
      },
      {
        clock: {
          utcOffsetSeconds: 0,
          timezone: 'Europe/Paris',
          timers: {
            hpet: { present: false },
            pit: { present: true, tickPolicy: 'delay' },
            rtc: { tickPolicy: 'catchup', track: 'guest' },
            kvmclock: { present: true },
          },
        },
      },
    ],
    ['UTC before a zone', { clock: { utc: {}, timezone: 'Europe/Paris' } }, { clock: { utcOffsetSeconds: 0 } }],
    [
      'what Windows asks for',
      {
        features: {
          hyperv: {
            relaxed: {},
            vapic: { enabled: false },
            spinlocks: {},
            synictimer: { direct: {} },
            tlbflush: { direct: { enabled: false }, extended: {} },
            vendorid: { vendorid: 'harbour' },
          },
        },
        clock: { timer: { hyperv: {} } },
      },
      {
        hypervisor: {
          hyperv: {
            flags: ['relaxed', 'synictimer', 'synictimerDirect', 'tlbflush', 'tlbflushExtended', 'time'],
            spinlockRetries: 4096,
            vendorId: 'harbour',
          },
        },
      },
    ],
    [
      'all that Windows can be told, a hidden hypervisor, and hints of KVM',
      {
        features: {
          hypervPassthrough: { enabled: true },
          kvm: { hidden: true },
          pvspinlock: { enabled: false },
          apic: { endOfInterrupt: true },
        },
      },
      {
        hypervisor: { hidden: true, endOfInterrupt: true, pvSpinlock: false, hyperv: { flags: [], passthrough: true } },
      },
    ],
  ])('has %s', async (_, domain, wanted) => {
    const spec = await compute(domain)
    for (const [name, value] of Object.entries(wanted)) expect(spec).toHaveProperty(name, value)
  })

  it('says nothing of a hypervisor, timers, tables and room when the manifest does not', async () => {
    const spec = await compute({})
    for (const name of ['hypervisor', 'acpiTables', 'maxMemoryMiB', 'hugePageBytes', 'lockedMemory'])
      expect(spec).not.toHaveProperty(name)
    expect(spec.clock).toEqual({ utcOffsetSeconds: 0 })
  })

  it('keeps its defaults whole', async () => {
    const instance = instanceOf('web', { domain: { memory: { guest: '2Gi' }, devices: {} } })
    defaultInstance(instance, { architecture: 'amd64', uuid: () => 'u', now: new Date(0) })
    expect((await compute(instance.spec.domain)).cpu).toMatchObject({ sockets: 1, cores: 1, threads: 1 })
  })
})

describe('ACPI tables', () => {
  const table = Buffer.alloc(40, 'x').toString('base64')
  const secret = (data: Record<string, string>): KubeObject & { data: Record<string, string> } => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'licence', namespace: 'default' },
    data,
  })
  const spec: Partial<VirtualMachineInstanceSpec> = {
    domain: {
      memory: { guest: '64Mi' },
      devices: {},
      firmware: { acpi: { slicNameRef: 'tables', msdmNameRef: 'tables' } },
    },
    volumes: [{ name: 'tables', secret: { secretName: 'licence' } }],
  }

  it('are read from the secret, each under its own name', async () => {
    const { acpiTables } = await translate(spec, [secret({ 'slic.bin': table, 'msdm.bin': table })])
    expect(acpiTables).toEqual([
      { signature: 'SLIC', base64: table },
      { signature: 'MSDM', base64: table },
    ])
  })

  it.each<[string, Record<string, string>, RegExp]>([
    ['is not there', { 'slic.bin': table }, /"msdm.bin" of secret "licence" is no ACPI table: it has 0 bytes/],
    ['is too short', { 'slic.bin': 'eA==', 'msdm.bin': table }, /it has 1 bytes/],
    ['is too long', { 'slic.bin': Buffer.alloc(70_000).toString('base64'), 'msdm.bin': table }, /it has 70000 bytes/],
  ])('are missing when one %s', async (_, data, words) => {
    await expect(translate(spec, [secret(data)])).rejects.toMatchObject({
      code: 'MissingDependency',
      message: expect.stringMatching(words),
    })
  })

  it('come from secrets only', async () => {
    const volumes = [{ name: 'tables', emptyDisk: { capacity: '1Mi' } }]
    await expect(translate({ ...spec, volumes })).rejects.toMatchObject({ code: 'MissingDependency' })
  })
})
