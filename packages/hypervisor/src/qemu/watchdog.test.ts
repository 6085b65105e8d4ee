/** What a watchdog does to a guest that stops feeding it, and that runs on after. What ends a guest is asked of those in compute.test.ts. */

import { afterAll, beforeAll, expect, it } from 'vitest'
import { runInGuest, untilLogged } from '../testing/console.ts'
import { EventLog } from '../testing/event-log.ts'
import { testInspector } from '../testing/inspector.ts'
import { QemuBench } from '../testing/qemu.ts'

let bench: QemuBench

beforeAll(async () => {
  bench = await QemuBench.create()
})

afterAll(() => bench.dispose())

it('a watchdog resets a guest that never feeds it', { timeout: 300_000 }, async () => {
  const { kernel, initrd, cmdline, marker } = await testInspector()
  const driver = await bench.open()
  const log = new EventLog(driver)
  const domain = await driver.start(
    bench.spec('reset', {
      kernel: { path: kernel, initrd, cmdline },
      memoryMiB: 192,
      watchdog: { model: 'i6300esb', action: 'reset' },
    }),
  )
  await untilLogged(domain, marker)
  const serial = await domain.openSerial()
  await runInGuest(serial, 'watchdog -T 1 -t 3600 /dev/watchdog')
  serial.destroy()
  await log.until((event) => event.type === 'reset' && event.id === 'reset')
  expect(domain.status).toMatchObject({ state: 'running' })
  await domain.destroy()
})
