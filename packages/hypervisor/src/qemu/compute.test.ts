import { readFile, readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Domain, Driver } from '../driver.ts'
import type { ComputeSpec } from '../spec/compute.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { hypervProperties } from '../spec/hypervisor-features.ts'
import { runInGuest, untilLogged } from '../testing/console.ts'
import { EventLog } from '../testing/event-log.ts'
import { testInspector } from '../testing/inspector.ts'
import { QemuBench } from '../testing/qemu.ts'

type WatchdogAction = NonNullable<DomainSpec['watchdog']>['action']

const licence = acpiTable('SLIC', 'a licence')
const named: Partial<ComputeSpec> = {
  cpu: {
    model: 'Penryn',
    features: [
      { name: 'aes', policy: 'require' },
      { name: 'avx512f', policy: 'optional' },
      { name: 'sse4_1', policy: 'disable' },
      { name: 'never-heard-of', policy: 'forbid' },
      // Nothing uses it, so that it does no harm where it is not.
      { name: 'dca', policy: 'force' },
    ],
    sockets: 1,
    cores: 2,
    threads: 1,
    maxSockets: 3,
  },
  memoryMiB: 300,
  maxMemoryMiB: 600,
  serial: 'S 1,type=2',
  smbios: {
    system: { manufacturer: 'Harbour, Inc', product: 'Quay', version: '7', sku: 'Q-7', family: 'Docks' },
    chassis: { manufacturer: 'Crane', version: '2', serial: 'C2', asset: 'A=1', sku: 'C-2' },
  },
  acpiTables: [{ signature: 'SLIC', base64: licence.toString('base64') }],
  hypervisor: { hidden: true },
  clock: { utcOffsetSeconds: 7200, timers: { hpet: { present: false }, rtc: { track: 'guest', tickPolicy: 'delay' } } },
}

const wide: Partial<ComputeSpec> = {
  cpu: { features: [{ name: 'avx', policy: 'disable' }], sockets: 2, cores: 1, threads: 2 },
  acpiTables: [{ signature: 'MSDM', base64: acpiTable('MSDM', 'a key').toString('base64') }],
  clock: { utcOffsetSeconds: 0, timezone: 'Asia/Kolkata', timers: { pit: { present: false } } },
}

interface Question {
  what: string
  command: string
  answer: RegExp
  not?: RegExp
}

const ofNamed: Question[] = [
  { what: 'its model', command: 'lscpu', answer: /Model name: +Intel Core 2 Duo P9xxx \(Penryn/ },
  { what: 'its features', command: 'grep -m1 ^flags /proc/cpuinfo', answer: /\bdca\b.*\baes\b/, not: /sse4_1|avx512f/ },
  { what: 'its topology', command: 'lscpu', answer: /Core\(s\) per socket: +2\s+Socket\(s\): +1/ },
  { what: 'room for processors', command: 'cd /sys/devices/system/cpu; cat possible online', answer: /0-5\s+0-1/ },
  { what: 'no signature of the hypervisor', command: leaf(0x4000_0000), answer: /00/, not: /TCGTCG/ },
  { what: 'its memory', command: 'dmidecode -t17', answer: /Size: 300 MB/ },
  { what: 'room for memory', command: 'ls /sys/firmware/acpi/tables', answer: /SRAT/ },
  {
    what: 'its system',
    command: 'dmidecode -t1',
    answer:
      /Manufacturer: Harbour, Inc\s+Product Name: Quay\s+Version: 7\s+Serial Number: S 1,type=2\s+UUID: 11111111-2222-3333-4444-555555555555\s+Wake-up.*\s+SKU Number: Q-7\s+Family: Docks/,
  },
  {
    what: 'its chassis',
    command: 'dmidecode -t3',
    answer: /Manufacturer: Crane[^]*Version: 2\s+Serial Number: C2\s+Asset Tag: A=1[^]*SKU Number: C-2/,
  },
  {
    what: 'its licence',
    command: 'tail -c +37 /sys/firmware/acpi/tables/SLIC; echo; wc -c </sys/firmware/acpi/tables/SLIC',
    answer: new RegExp(`a licence\\s+${licence.length}`),
  },
  {
    what: 'no HPET',
    command: 'ls /sys/firmware/acpi/tables; cat /sys/devices/system/clocksource/clocksource0/available_clocksource',
    answer: /acpi_pm/,
    not: /HPET|hpet/,
  },
]

const ofWide: Question[] = [
  {
    what: 'sockets and threads',
    command: 'cd /sys/devices/system/cpu; grep . cpu*/topology/*package_cpus_list cpu*/topology/thread_siblings_list',
    answer: /cpu0\S+package\S+:0-1[^]*cpu2\S+package\S+:2-3[^]*cpu0\S+thread\S+:0-1[^]*cpu2\S+thread\S+:2-3/,
  },
  {
    what: 'features but those disabled',
    command: 'grep -m1 ^flags /proc/cpuinfo',
    answer: /\bsse4_1\b/,
    not: /\bavx\b/,
  },
  {
    what: 'the HPET instead of the PIT',
    command: 'dmesg | grep -i -e "calibrat" -e hpet',
    answer: /against PIT[^]*HPET/,
  },
  { what: 'its key', command: 'tail -c +37 /sys/firmware/acpi/tables/MSDM', answer: /a key/ },
]

describe(
  'a guest reports of its processors, memory, identity and clock what its spec says',
  { timeout: 300_000 },
  () => {
    let bench: QemuBench
    let driver: Driver
    let log: EventLog
    const started: Record<string, { domain: Domain; serial: Duplex }> = {}

    async function boot(id: string, change: Partial<ComputeSpec>, action: WatchdogAction): Promise<void> {
      const guest = await testInspector()
      const { kernel: path, initrd, cmdline, marker } = guest
      const domain = await driver.start(
        bench.spec(id, {
          memoryMiB: 256,
          ...change,
          kernel: { path, initrd, cmdline },
          watchdog: { model: 'i6300esb', action },
        }),
      )
      await untilLogged(domain, marker)
      started[id] = { domain, serial: await domain.openSerial() }
    }

    beforeAll(async () => {
      bench = await QemuBench.create()
      driver = await bench.open()
      log = new EventLog(driver)
      await Promise.all([boot('named', named, 'poweroff'), boot('wide', wide, 'shutdown')])
    }, 400_000)

    afterAll(async () => {
      for (const { serial } of Object.values(started)) serial.destroy()
      for (const domain of driver.list()) await domain.destroy()
      await bench.dispose()
    })

    describe.each([
      ['named', ofNamed],
      ['wide', ofWide],
    ])('%s', (id, questions) => {
      it.each(questions)('$what', async ({ command, answer, not }) => {
        const words = await ask(id, command)
        expect(words).toMatch(answer)
        if (not !== undefined) expect(words).not.toMatch(not)
      })
    })

    it('names only properties that this QEMU has', () => {
      const { switches = [] } = driver.capabilities().compute?.processor ?? {}
      expect(switches).toEqual(
        expect.arrayContaining([
          ...Object.values(hypervProperties),
          'hv-passthrough',
          'hv-spinlocks',
          'hv-vendor-id',
          'kvm',
          'kvm-pv-eoi',
          'kvm-pv-unhalt',
          'kvmclock',
          'tcg-cpuid',
          'x-force-features',
        ]),
      )
    })

    it.each([
      ['named', 7200],
      ['wide', 19_800],
    ])('%s: its clock is moved by %i seconds', async (id, offset) => {
      const seconds = Number(/(\d{9,})/.exec(await ask(id, 'cat /sys/class/rtc/rtc0/since_epoch'))?.[1])
      expect(Math.abs(seconds - Date.now() / 1000 - offset)).toBeLessThan(30)
    })

    it.runIf(availableParallelism() > 1)(
      'a machine has processors of the host for itself, and leaves the others',
      async () => {
        const { domain: other } = started['wide'] ?? {}
        const cpu = {
          features: [],
          sockets: 1,
          cores: 1,
          threads: 1,
          dedicated: { isolateEmulator: false, numa: false },
        }
        const before = await affinity(other, /.*/)
        const alone = await driver.start(bench.spec('alone', { cpu, startPaused: true }))
        const mine = await affinity(alone, /CPU 0/)
        expect(mine).toHaveLength(1)
        expect(await affinity(alone, /.*/)).toEqual(mine)
        expect(await affinity(other, /.*/)).not.toEqual(expect.arrayContaining(mine))
        const most = driver.capabilities().compute?.dedicatedProcessors ?? 0
        const rest = bench.spec('too-many', { cpu: { ...cpu, cores: most }, startPaused: true })
        await expect(driver.start(rest)).rejects.toMatchObject({
          code: 'Unsupported',
          message: expect.stringMatching(/are free|wanted/),
        })
        await alone.destroy()
        await driver.forget('alone')
        expect(await affinity(other, /.*/)).toEqual(before)
      },
    )

    it.runIf(availableParallelism() > 1)(
      'realtime priority is given, or refused with what keeps this host from it',
      async () => {
        const dedicated = { isolateEmulator: false, numa: false, realtime: [0] }
        const cpu = { features: [], sockets: 1, cores: 1, threads: 1, dedicated }
        const starting = driver.start(bench.spec('realtime', { cpu, startPaused: true }))
        const { noRealtime } = driver.capabilities().compute ?? {}
        if (noRealtime !== undefined) {
          await expect(starting).rejects.toMatchObject({ message: expect.stringContaining(noRealtime) })
          return
        }
        const machine = await starting
        expect(await policies(machine, /CPU 0/)).toEqual([fifo])
        expect(await policies(machine, /^qemu/)).not.toContain(fifo)
        await machine.destroy()
        await driver.forget('realtime')
      },
    )

    it.each([
      ['named', 'is powered off', 'watchdog'],
      ['wide', 'has its power button pressed, which it obeys', 'guest-shutdown'],
    ])('%s: a guest that feeds its watchdog no more %s', async (id, _, reason) => {
      await ask(id, 'watchdog -T 1 -t 3600 /dev/watchdog')
      await log.untilState(id, 'stopped')
      expect(started[id]?.domain.status).toMatchObject({ state: 'stopped', reason })
    })

    async function ask(id: string, command: string): Promise<string> {
      const guest = started[id]
      if (guest === undefined) throw new Error(`${id} does not run`)
      return runInGuest(guest.serial, command)
    }
  },
)

/** Processors of the host that threads of a machine may run on, by the threads' names. */
async function affinity(domain: Domain | undefined, name: RegExp): Promise<string[]> {
  const folder = `/proc/${domain?.status.pid}/task`
  const lists = new Set<string>()
  for (const thread of await readdir(folder)) {
    const status = await readFile(`${folder}/${thread}/status`, 'utf8')
    if (name.test(/^Name:\s*(.*)$/m.exec(status)?.[1] ?? '')) {
      lists.add(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '')
    }
  }
  return [...lists]
}

/** SCHED_FIFO (sched.h). */
const fifo = 1

/** How threads of a machine are scheduled, by the threads' names (field 41 of their stat). */
async function policies(domain: Domain, name: RegExp): Promise<number[]> {
  const folder = `/proc/${domain.status.pid}/task`
  const found: number[] = []
  for (const thread of await readdir(folder)) {
    const [, called = '', fields = ''] = /\((.*)\) (.*)/.exec(await readFile(`${folder}/${thread}/stat`, 'utf8')) ?? []
    if (name.test(called)) found.push(Number(fields.split(' ')[41 - 3]))
  }
  return found
}

/** A shell line that shows one leaf of what the processor says about itself. */
function leaf(number: number): string {
  return `dd if=/dev/cpu/0/cpuid bs=16 skip=${number / 16} count=1 2>/dev/null | hexdump -C`
}

/** A table with the header that ACPI asks for (ACPI 6.5, 5.2.6). */
function acpiTable(signature: string, words: string): Buffer {
  const table = Buffer.concat([Buffer.alloc(36), Buffer.from(words)])
  table.write(signature, 0)
  table.writeUInt32LE(table.length, 4)
  table[8] = 1
  table.write('BERTH BERTHTBL', 10)
  return table
}
