/** The real agent in a real guest: what it is asked, it does. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Domain, Driver } from '../driver.ts'
import { untilLogged } from '../testing/console.ts'
import { EventLog } from '../testing/event-log.ts'
import { testInspector } from '../testing/inspector.ts'
import { QemuBench } from '../testing/qemu.ts'

describe('the guest agent of a real guest', { timeout: 300_000 }, () => {
  let bench: QemuBench
  let driver: Driver
  let domain: Domain

  beforeAll(async () => {
    bench = await QemuBench.create()
    const { kernel, initrd, cmdline, marker } = await testInspector()
    driver = await bench.open()
    const log = new EventLog(driver)
    domain = await driver.start(
      bench.spec('agent', {
        kernel: { path: kernel, initrd, cmdline },
        guestAgent: true,
        memoryMiB: 512,
      }),
    )
    await untilLogged(domain, marker)
    if (!domain.status.agentConnected) await log.until((event) => event.type === 'agent' && event.connected)
  }, 300_000)

  afterAll(() => bench.dispose())

  const sh = (script: string, timeoutMs = 60_000) =>
    domain.agent.run({ path: '/bin/sh', args: ['-c', script], timeoutMs })

  it('answers, and tells of its guest', async () => {
    await domain.agent.ping()
    const info = await domain.agent.info()
    expect(info.os).toMatchObject({ id: 'berth', prettyName: 'Berth inspector' })
    expect(info.supportedCommands).toContainEqual({ name: 'guest-exec', enabled: true })
    expect((await domain.agent.info(['users'])).os).toBeUndefined()
    const counted = { name: 'lo', receivedBytes: expect.any(Number), sentPackets: expect.any(Number) }
    expect(await domain.agent.traffic()).toContainEqual(expect.objectContaining(counted))
  })

  it('runs programs', async () => {
    expect(await sh('echo out; echo err >&2; exit 3')).toEqual({ exitCode: 3, output: 'out\n', errorOutput: 'err\n' })
    await expect(sh('sleep 60', 300)).rejects.toMatchObject({ code: 'Timeout' })
    await expect(domain.agent.run({ path: '/no/such', args: [], timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'Refused',
    })
    expect((await sh('yes | head -c 500000')).output.length).toBeLessThanOrEqual(64 * 1024)
    expect((await sh('yes | head -c 5000000; exit 3')).exitCode).toBe(3)
  })

  it('sets keys, each time all of them', async () => {
    await domain.agent.setAuthorizedKeys('root', ['ssh-ed25519 AAAAone me', 'ssh-ed25519 AAAAtwo me'])
    await domain.agent.setAuthorizedKeys('root', ['ssh-ed25519 AAAAthree me'])
    expect((await sh('cat ~root/.ssh/authorized_keys')).output.trim()).toBe('ssh-ed25519 AAAAthree me')
    await expect(domain.agent.setAuthorizedKeys('nobody-here', ['k'])).rejects.toMatchObject({ code: 'Refused' })
  })

  it('sets a password', async () => {
    // The guest's own program is a small one that cannot; this one tells what it was asked.
    await sh("rm -f /bin/chpasswd; printf '#!/bin/sh\\ncat >/asked\\n' >/bin/chpasswd; chmod 755 /bin/chpasswd")
    await domain.agent.setPassword('root', 'correct horse')
    expect((await sh('cat /asked')).output.trim()).toBe('root:correct horse')
  })

  it('is asked to hold file systems, of which this guest has none', async () => {
    await domain.agent.freeze()
    expect(await domain.agent.isFrozen()).toBe(false)
    await domain.agent.thaw()
  })

  it('is not asked while the machine stands still', async () => {
    await domain.pause()
    await expect(domain.agent.ping()).rejects.toMatchObject({ code: 'AgentUnavailable' })
    await domain.resume()
    await domain.agent.ping()
  })

  it('restarts the guest when a soft reboot is asked for', async () => {
    const log = new EventLog(driver)
    // The guest's own program is another; this one tells what it was asked.
    const program = [
      '#!/bin/sh',
      'for word in $*; do [ "$word" = -r ] && echo asked to reboot >/dev/ttyS0; done',
      'exec reboot -f',
    ].join('\\n')
    expect(await sh(`printf '${program}\\n' >/sbin/shutdown && chmod 755 /sbin/shutdown`)).toMatchObject({
      exitCode: 0,
    })
    await domain.softReboot()
    await untilLogged(domain, 'asked to reboot')
    await log.until((event) => event.type === 'reset' && event.id === 'agent')
    expect(domain.status.state).toBe('running')
  })

  it('a reboot ends a machine that is told so', async () => {
    const log = new EventLog(driver)
    const once = await driver.start(bench.spec('once', { onReboot: 'end' }))
    await untilLogged(once, bench.marker)
    const serial = await once.openSerial()
    serial.write('reboot -f\n')
    await log.untilState('once', 'stopped')
    expect(once.status.reason).toBe('guest-shutdown')
  })
})
