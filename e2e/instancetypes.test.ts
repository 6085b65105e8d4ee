// Instance types, preferences and the cluster's configuration with the real kubectl, and what a guest sees of them.
import type { VirtualMachine } from '@berth/api'
import { eventually, guestMachine, machineVerbs, subresourcePath, uniqueName, useEngine } from '@berth/testkit'
import { describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'qemu' })
const { becomes, greeted, instance } = machineVerbs(engine)
const group = 'instancetype.kubevirt.io/v1beta1'

/** A machine of the built-in guest whose size somebody else says. */
function machine(name: string, spec: Partial<VirtualMachine['spec']>): VirtualMachine {
  const whole = guestMachine(name, {
    spec(template) {
      template.terminationGracePeriodSeconds = 0
      delete template.domain.memory
    },
  })
  return { ...whole, spec: { ...whole.spec, ...spec } }
}

const configure = (configuration: object) =>
  engine().kubectl.run([
    'patch',
    'kubevirt/kubevirt',
    '-n',
    'kubevirt',
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { configuration } }),
  ])

const rows = (output: string): number => output.trim().split('\n').length

describe('what every installation brings', () => {
  it('are the common instance types and preferences', async () => {
    const { kubectl } = engine()
    expect(rows(await kubectl('get', 'vmcf', '--no-headers'))).toBe(65)
    expect(
      rows(
        await kubectl(
          'get',
          'vmclusterinstancetype',
          '--no-headers',
          '-l',
          'instancetype.kubevirt.io/class=general.purpose',
        ),
      ),
    ).toBe(10)
    expect(rows(await kubectl('get', 'vmcp', '--no-headers'))).toBe(54)
    expect(await kubectl('get', 'vmf,vmp,vmirs,vmpool,vmim', '-A')).toBe('')
    expect(await kubectl('get', 'kv', '-A')).toMatch(/kubevirt +kubevirt +\S+ +Deployed/)
  })

  it('warns of kinds that go', async () => {
    const { stderr } = await engine().kubectl.run(['get', 'vmipreset'])
    expect(stderr).toContain(
      'kubevirt.io/v1 VirtualMachineInstancePresets is now deprecated and will be removed in v2.',
    )
  })
})

describe('a machine with an instance type and a preference', () => {
  it('runs as they and the cluster say: the guest sees it', async () => {
    const { kubectl } = engine()
    await kubectl.with(
      {
        apiVersion: group,
        kind: 'VirtualMachineInstancetype',
        metadata: { name: 'pair' },
        spec: { cpu: { guest: 2 }, memory: { guest: '160Mi' } },
      },
      'apply',
      '-f',
      '-',
    )
    await kubectl.with(
      {
        apiVersion: group,
        kind: 'VirtualMachinePreference',
        metadata: { name: 'cores' },
        spec: { cpu: { preferredCPUTopology: 'cores' }, requirements: { memory: { guest: '128Mi' } } },
      },
      'apply',
      '-f',
      '-',
    )
    expect((await configure({ smbios: { manufacturer: 'Harbour', product: 'Pier' } })).code).toBe(0)
    const name = uniqueName('pair')
    const spec = {
      instancetype: { name: 'pair', kind: 'VirtualMachineInstancetype' },
      preference: { name: 'cores', kind: 'VirtualMachinePreference' },
    }
    await kubectl.with(machine(name, spec), 'create', '-f', '-')
    await greeted(name)
    const shell = await engine().shell(name)
    expect(await shell.run('nproc')).toBe('2\n')
    expect(await shell.run("grep -m1 'cpu cores' /proc/cpuinfo")).toMatch(/cpu cores\s*: 2\n/)
    const kibibytes = Number(/\d+/.exec(await shell.run('grep MemTotal /proc/meminfo'))?.[0])
    expect(kibibytes).toBeGreaterThan(100 * 1024)
    expect(kibibytes).toBeLessThan(160 * 1024)
    expect(await shell.run('cat /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name')).toBe('Harbour\nPier\n')
    shell.close()
    expect((await instance(name))?.metadata.annotations).toMatchObject({
      'kubevirt.io/instancetype-name': 'pair',
      'kubevirt.io/preference-name': 'cores',
    })
    const revision = await kubectl(
      'get',
      'vm',
      name,
      '-o',
      'jsonpath={.status.instancetypeRef.controllerRevisionRef.name}',
    )
    expect(await kubectl('get', 'controllerrevision', revision, '-o', 'jsonpath={.data.spec.cpu.guest}')).toBe('2')
    const path = subresourcePath('vm', name, 'expand-spec')
    const expanded = JSON.parse(await kubectl('get', '--raw', path)) as VirtualMachine
    expect(expanded.spec.template.spec.domain).toMatchObject({ cpu: { cores: 2 }, memory: { guest: '160Mi' } })
    expect(expanded.spec.instancetype).toBeUndefined()
    await kubectl('delete', 'vm', name)
  })

  it('waits for what is missing, and says what that is', async () => {
    const { kubectl } = engine()
    const name = uniqueName('early')
    await kubectl.with(machine(name, { instancetype: { name: 'nowhere' } }), 'create', '-f', '-')
    const condition = `jsonpath={.status.conditions[?(@.type=="Failure")].message}`
    await eventually(async () => (await kubectl('get', 'vm', name, '-o', condition)).includes('"nowhere" not found'), {
      what: 'the machine to say what is missing',
    })
    await kubectl('patch', 'vm', name, '--type=merge', '-p', '{"spec":{"instancetype":{"name":"u1.nano"}}}')
    await becomes(name, 'Running')
    expect((await instance(name))?.spec.domain.memory?.guest).toBe('512Mi')
    await kubectl('delete', 'vm', name)
  })

  it('is refused where both say the same thing', async () => {
    const conflicting = machine('conflicting', { instancetype: { name: 'u1.nano' } })
    conflicting.spec.template.spec.domain.memory = { guest: '128Mi' }
    expect(await engine().kubectl.failsWith(conflicting, 'create', '-f', '-')).toContain(
      'The request is invalid: spec.template.spec.domain.memory.guest: VM field(s) spec.template.spec.domain.memory.guest conflicts with selected instance type',
    )
  })
})

describe('the configuration', () => {
  it('is in force as soon as it is written', async () => {
    const { kubectl } = engine()
    expect((await configure({ evictionStrategy: 'External', machineType: 'pc-q35-7.2' })).code).toBe(0)
    const made = await kubectl.with(
      machine('typed', { runStrategy: 'Halted' }),
      'create',
      '--dry-run=server',
      '-o',
      'json',
      '-f',
      '-',
    )
    expect((JSON.parse(made) as VirtualMachine).spec.template.spec.domain.machine?.type).toBe('pc-q35-7.2')
    expect((await configure({ evictionStrategy: null, machineType: null })).code).toBe(0)
    await eventually(
      async () => {
        const seen = await kubectl(
          'get',
          'kv',
          '-n',
          'kubevirt',
          'kubevirt',
          '-o',
          'jsonpath={.metadata.generation} {.status.observedGeneration}',
        )
        const [generation, observed] = seen.split(' ')
        return generation === observed
      },
      { what: 'the generation to be observed' },
    )
  })

  it('is checked, and warns of what has no effect', async () => {
    const refused = await configure({
      developerConfiguration: { featureGates: ['VSOCK'], disabledFeatureGates: ['VSOCK'] },
    })
    expect(refused.stderr).toContain('feature gate "VSOCK" exists on both "FeatureGates" and "DisabledFeatureGates"')
    const { stderr, code } = await configure({
      developerConfiguration: { featureGates: ['LiveMigration', 'NoSuchGate'] },
      migrations: { parallelMigrationsPerCluster: 1 },
    })
    expect(code).toBe(0)
    expect(stderr).toContain('Warning: feature gate LiveMigration is deprecated')
    expect(stderr).toContain('Warning: feature gate NoSuchGate is not known')
    expect(stderr).toContain('Warning: spec.configuration.migrations has no effect')
    expect(await engine().kubectl.fails('delete', 'kv', '-n', 'kubevirt', 'kubevirt')).toContain('berth down')
  })
})
