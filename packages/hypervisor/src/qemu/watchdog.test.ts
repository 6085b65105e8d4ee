/** What a watchdog does to a guest that stops feeding it. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Domain, Driver } from '../driver.ts'
import { runInGuest, untilLogged } from '../testing/console.ts'
import { EventLog } from '../testing/event-log.ts'
import { testInspector } from '../testing/inspector.ts'
import { QemuBench } from '../testing/qemu.ts'

type Action = 'poweroff' | 'reset' | 'shutdown'

describe('QEMU: watchdog', { timeout: 300_000 }, () => {
  let bench: QemuBench
  let driver: Driver
  let log: EventLog

  beforeAll(async () => {
    bench = await QemuBench.create()
    driver = await bench.open()
    log = new EventLog(driver)
  })

  afterAll(() => bench.dispose())

  /** A machine whose guest has started the watchdog and will never feed it again. */
  async function starved(action: Action): Promise<Domain> {
    const { kernel, initrd, cmdline, marker } = await testInspector()
    const domain = await driver.start(
      bench.spec(action, {
        kernel: { path: kernel, initrd, cmdline },
        memoryMiB: 192,
        watchdog: { model: 'i6300esb', action },
      }),
    )
    await untilLogged(domain, marker)
    const serial = await domain.openSerial()
    await runInGuest(serial, 'watchdog -T 1 -t 3600 /dev/watchdog')
    serial.destroy()
    return domain
  }

  it('powers off, resets, or presses the power button', async () => {
    const [poweroff, reset, shutdown] = await Promise.all([starved('poweroff'), starved('reset'), starved('shutdown')])
    await Promise.all([
      log.untilState('poweroff', 'stopped'),
      log.until((event) => event.type === 'reset' && event.id === 'reset'),
      log.untilState('shutdown', 'stopped'),
    ])
    expect(poweroff.status).toMatchObject({ state: 'stopped', reason: 'watchdog' })
    expect(reset.status).toMatchObject({ state: 'running' })
    expect(shutdown.status).toMatchObject({ state: 'stopped', reason: 'guest-shutdown' })
    await reset.destroy()
  })
})
