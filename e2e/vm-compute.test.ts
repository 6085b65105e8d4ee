// Processors, memory, identity and clock from manifest to guest: the guest finds what the manifest asked for, and what this host
// cannot do is refused with the field.
import type { VirtualMachineInstance } from '@berth/api'
import { guestInstance, machineVerbs, uniqueName, useEngine, type GuestShell } from '@berth/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'qemu' })
const { create, greeted } = machineVerbs(engine)

type Spec = VirtualMachineInstance['spec']

const licence = Buffer.concat([Buffer.alloc(36), Buffer.from('a licence')])
licence.write('SLIC')
licence.writeUInt32LE(licence.length, 4)
licence.writeUInt8(1, 8)

const uuid = '11111111-2222-4333-8444-555555555555'

function asks(spec: Spec, secretName: string): void {
  const { domain } = spec
  domain.cpu = {
    sockets: 2,
    model: 'Penryn',
    features: [
      { name: 'aes', policy: 'require' },
      { name: 'sse4.1', policy: 'disable' },
      { name: 'avx512f', policy: 'optional' },
    ],
  }
  domain.machine = { type: 'pc-q35-7.0' }
  domain.chassis = { manufacturer: 'Crane', version: '2', serial: 'C2', asset: 'A1' }
  domain.clock = { utc: { offsetSeconds: 7200 }, timer: { hpet: { present: false }, rtc: { tickPolicy: 'catchup' } } }
  domain.firmware = { ...domain.firmware, uuid, serial: 'S-1', acpi: { slicNameRef: 'licence' } }
  domain.devices.disks = [{ name: 'licence', disk: { bus: 'virtio' } }]
  spec.volumes = [{ name: 'licence', secret: { secretName } }]
}

describe('a machine with much to say about itself', { timeout: 180_000 }, () => {
  let shell: GuestShell

  beforeAll(async () => {
    const { kubectl } = engine()
    const smbios = { manufacturer: 'Harbour', product: 'Quay', version: '7', sku: 'Q7', family: 'Docks' }
    const change = JSON.stringify({ spec: { configuration: { smbios } } })
    await kubectl('patch', 'kubevirt', '-n', 'kubevirt', 'kubevirt', '--type=merge', '-p', change)
    const metadata = { name: uniqueName('licence'), namespace: 'default' }
    const data = { 'slic.bin': licence.toString('base64') }
    await kubectl.with({ apiVersion: 'v1', kind: 'Secret', metadata, data }, 'create', '-f', '-')
    const name = await create('compute', { spec: (spec) => asks(spec, metadata.name) })
    await greeted(name)
    shell = await engine().shell(name)
  }, 200_000)

  afterAll(() => shell.close())

  it.each<[string, string, RegExp]>([
    ['the model', 'grep -m1 "model name" /proc/cpuinfo', /Penryn/],
    ['a required feature', 'grep -m1 ^flags /proc/cpuinfo', /\baes\b/],
    ['no disabled feature, and no optional one that is not there', 'grep -E -c "sse4_1|avx512f" /proc/cpuinfo', /^0$/m],
    ['the sockets', 'cat /sys/devices/system/cpu/cpu1/topology/physical_package_id', /^1$/m],
    ['room for sockets', 'cat /sys/devices/system/cpu/possible', /^0-[1-9]\d*$/m],
    ['the machine type', 'cat /sys/class/dmi/id/modalias /sys/class/dmi/id/bios_vendor', /SeaBIOS/],
    ['the UUID', 'cat /sys/class/dmi/id/product_uuid', new RegExp(uuid)],
    ['the serial number', 'cat /sys/class/dmi/id/product_serial', /^S-1$/m],
    [
      'what the cluster says of all machines',
      'cd /sys/class/dmi/id; cat sys_vendor product_name product_version product_sku product_family',
      /^Harbour\nQuay\n7\nQ7\nDocks$/m,
    ],
    [
      'the chassis',
      'cd /sys/class/dmi/id; cat chassis_vendor chassis_version chassis_serial chassis_asset_tag',
      /^Crane\n2\nC2\nA1$/m,
    ],
    ['the ACPI table', 'tail -c +37 /sys/firmware/acpi/tables/SLIC; echo', /^a licence$/m],
    ['no HPET', 'ls /sys/firmware/acpi/tables | grep -c HPET', /^0$/m],
  ])('%s', async (_, command, answer) => {
    expect(await shell.run(command)).toMatch(answer)
  })

  it('the clock', async () => {
    const seconds = Number(await shell.run('cat /sys/class/rtc/rtc0/since_epoch'))
    expect(Math.abs(seconds - Date.now() / 1000 - 7200)).toBeLessThan(60)
  })
})

describe('what this host cannot do', () => {
  const refused: [string, (spec: Spec) => void, RegExp][] = [
    [
      'a model it has never heard of',
      ({ domain }) => (domain.cpu = { model: 'Z80' }),
      /spec\.domain\.cpu\.model: .*no such CPU model; this host has host-model, host-passthrough, .*\bmax\b/,
    ],
    [
      'a feature nobody has',
      ({ domain }) => (domain.cpu = { features: [{ name: 'warp', policy: 'require' }] }),
      /spec\.domain\.cpu\.features\[0\]: this host has no CPU feature "warp"/,
    ],
    [
      'a feature that it has and must not',
      ({ domain }) => (domain.cpu = { features: [{ name: 'cmov', policy: 'forbid' }] }),
      /spec\.domain\.cpu\.features\[0\]: .* forbidden/,
    ],
    [
      'more processors than it can give away',
      ({ domain }) => (domain.cpu = { cores: 200, dedicatedCpuPlacement: true }),
      /spec\.domain\.cpu: 200 processors of this host are wanted for the machine alone/,
    ],
    [
      'encrypted memory',
      ({ domain }) => {
        domain.launchSecurity = { snp: {} }
        domain.firmware = { ...domain.firmware, bootloader: { efi: { secureBoot: false } } }
      },
      /spec\.(?:domain\.)?launchSecurity/,
    ],
  ]

  it.each(refused)('%s', async (_, spec, words) => {
    const { kubectl } = engine()
    const answer = kubectl.with(guestInstance(uniqueName('refused'), { spec }), 'create', '-f', '-')
    await expect(answer).rejects.toThrow(words)
  })
})

it('a node says which processors it has, and how many huge pages', async () => {
  const { kubectl } = engine()
  expect(await kubectl('get', 'nodes', '-l', 'cpu-model.node.kubevirt.io/Penryn=true', '-o', 'name')).toContain(
    'node-1',
  )
  const path = 'jsonpath={.items[0].status.allocatable.hugepages-2Mi}'
  expect(await kubectl('get', 'nodes', '-o', path)).toMatch(/^\d+(?:[KMGT]i)?$/)
})
