// The ways into a real guest: serial console, screen, forwarded ports, the guest agent's questions, the kept log.
import { once } from 'node:events'
import { eventually, guestGreeting, machineVerbs, subresourcePath, useEngine, withoutKernel } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'qemu' })
const { act, becomes, create, greeted, instance } = machineVerbs(engine)
const path = (action: string) => subresourcePath('vmi', name, action)
let name = ''

beforeAll(async () => {
  name = await create('guest')
  await greeted(name)
})

async function firstBytes(stream: AsyncIterable<unknown>, length: number): Promise<Buffer> {
  let seen = Buffer.alloc(0)
  for await (const chunk of stream) {
    seen = Buffer.concat([seen, chunk as Buffer])
    if (seen.length >= length) break
  }
  return seen
}

describe('the console', () => {
  it('takes what is typed and gives what the guest answers', async () => {
    const shell = await engine().shell(name)
    expect(await shell.run('echo $((6 * 7))')).toBe('42\n')
    expect(await shell.run('hostname')).toBe(`${name}\n`)
    expect(await shell.run('id -u')).toBe('0\n')
    shell.close()
  })

  it('passes much output through unharmed', async () => {
    const shell = await engine().shell(name)
    const numbers = await shell.run('seq 1 5000')
    expect(numbers).toBe(Array.from({ length: 5000 }, (_, index) => `${index + 1}\n`).join(''))
    shell.close()
  })

  it('belongs to the newest: a second one cuts the first off', async () => {
    const first = await engine().connect(path('console'))
    const cut = once(first, 'error')
    const shell = await engine().shell(name)
    const [error] = (await cut) as [Error & { closeCode?: number }]
    expect(error.message).toMatch(/1006|closed/)
    expect(await shell.run('echo still here')).toBe('still here\n')
    shell.close()
  })

  it('is a WebSocket of plain.kubevirt.io and nothing else', async () => {
    const { raw } = engine()
    expect((await raw({ path: path('console') })).code).toBe(400)
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      'sec-websocket-protocol': 'something.else',
    }
    expect((await raw({ path: path('console'), headers })).code).toBeGreaterThanOrEqual(400)
  })

  it('ends in order with the guest, and says so when QEMU died', async () => {
    const endOf = async (prefix: string, finish: (machine: string) => Promise<unknown>): Promise<unknown> => {
      const machine = await create(prefix, { runStrategy: 'Manual', spec: withoutKernel })
      await act('vm', machine, 'start')
      await becomes(machine, 'Running')
      const console = await engine().connect(subresourcePath('vmi', machine, 'console'))
      const ended = once(console.resume(), 'end').then(
        () => 1000,
        (error: unknown) => (error as { closeCode?: number }).closeCode,
      )
      await finish(machine)
      const code = await ended
      await engine().kubectl('delete', 'vm', machine, '--wait=false')
      return code
    }
    expect(await endOf('stopped', (machine) => act('vm', machine, 'stop'))).toBe(1000)
    const killed = endOf('killed', async (machine) => {
      const uid = (await instance(machine))?.metadata.uid ?? ''
      process.kill(engine().services.driver.get(uid)?.status.pid ?? 0, 'SIGKILL')
    })
    expect(await killed).toBe(1011)
  })

  it('answers 400 until the machine runs, so that virtctl waits, and 404 when there is none', async () => {
    const waiting = await create('waiting', {
      spec: (spec) => {
        spec.domain.devices.disks = [{ name: 'late', disk: { bus: 'virtio' } }]
        spec.volumes = [{ name: 'late', persistentVolumeClaim: { claimName: 'late' } }]
      },
    })
    await becomes(waiting, 'ErrorPvcNotFound')
    await expect(engine().connect(subresourcePath('vmi', waiting, 'console'))).rejects.toMatchObject({
      message: expect.stringContaining('VMI is not running'),
      status: { code: 400 },
    })
    await engine().kubectl('delete', 'vm', waiting)
    await expect(engine().connect(subresourcePath('vmi', waiting, 'console'))).rejects.toMatchObject({
      status: { code: 404 },
    })
  })
})

describe('the screen', () => {
  it('speaks RFB', async () => {
    const screen = await engine().connect(path('vnc'))
    expect((await firstBytes(screen, 12)).toString('latin1')).toBe('RFB 003.008\n')
    screen.destroy()
  })

  it('is kept from others with preserveSession=true, and taken over without', async () => {
    const first = await engine().connect(path('vnc'))
    first.write('RFB 003.008\n')
    await firstBytes(first.iterator({ destroyOnReturn: false }), 14)
    await expect(engine().connect(`${path('vnc')}?preserveSession=true`)).rejects.toMatchObject({
      message: expect.stringContaining('Active VNC connection. Request denied.'),
    })
    const cut = once(first, 'error')
    first.resume()
    const second = await engine().connect(path('vnc'))
    await cut
    second.destroy()
  })

  it('can be had as a picture', async () => {
    const image = await engine().kubectl.run(['get', '--raw', path('vnc/screenshot')])
    expect(image.code).toBe(0)
    const { code, headers, text } = await engine().raw({ path: path('vnc/screenshot') })
    expect([code, headers['content-type']]).toEqual([200, 'image/png'])
    expect(text).toMatch(/^.PNG\r\n/)
  })

  it('is not there when the machine has none', async () => {
    const blind = await create('blind', {
      spec(spec) {
        withoutKernel(spec)
        spec.domain.devices.autoattachGraphicsDevice = false
      },
    })
    await becomes(blind, 'Running')
    await expect(engine().connect(subresourcePath('vmi', blind, 'vnc'))).rejects.toMatchObject({
      message: expect.stringContaining('No graphics devices are present.'),
    })
    await engine().kubectl('delete', 'vm', blind)
  })
})

describe('a forwarded port', () => {
  it('reaches a server in the guest, from machine and instance', async () => {
    const { connect, shell } = engine()
    const console = await shell(name)
    await console.run('until ip addr show eth0 | grep -q "inet "; do usleep 50000; done')
    await console.run('mkdir -p /www && echo hello from inside >/www/index.html && httpd -p 8080 -h /www')
    console.close()
    for (const target of [path('portforward/8080'), subresourcePath('vm', name, 'portforward/8080/tcp')]) {
      const tunnel = await connect(target)
      tunnel.write('GET /index.html HTTP/1.0\r\n\r\n')
      let answer = ''
      for await (const chunk of tunnel) answer += String(chunk)
      expect(answer).toMatch(/^HTTP\/1\.[01] 200 OK[^]*hello from inside\n$/)
    }
  })

  it('says when nothing listens, and refuses what is not a port', async () => {
    const { connect } = engine()
    await expect(connect(path('portforward/81'))).rejects.toMatchObject({
      message: expect.stringContaining('dialing VM'),
    })
    for (const port of ['0', '65536', '-1', '22/sctp', '22/tcp/x', 'ssh'])
      await expect(connect(path(`portforward/${port}`)), port).rejects.toMatchObject({ status: { code: 400 } })
  })

  it('is refused while the machine is paused', async () => {
    await act('vmi', name, 'pause')
    await becomes(name, 'Paused')
    await expect(engine().connect(path('portforward/8080'))).rejects.toMatchObject({
      message: expect.stringContaining('VMI is paused'),
    })
    await act('vmi', name, 'unpause')
    await becomes(name, 'Running')
  })
})

describe('the guest agent', () => {
  it.each(['guestosinfo', 'userlist', 'filesystemlist'])(
    '%s is a 500 in plain text when there is none',
    async (question) => {
      const { code, headers, text } = await engine().raw({ path: path(question) })
      expect(code).toBe(500)
      expect(headers['content-type']).toContain('text/plain')
      expect(text).toMatch(/guest agent/i)
    },
  )
})

describe('kubectl logs', () => {
  it('-f follows what the guest prints', async () => {
    const { kubectl, shell } = engine()
    const follow = kubectl.start('logs', '-f', '-l', `vm.kubevirt.io/name=${name}`, '--tail=-1')
    try {
      await eventually(() => follow.stdout().includes(guestGreeting))
      const console = await shell(name)
      await console.run('echo followed-$((40 + 2))')
      console.close()
      await eventually(() => follow.stdout().includes('followed-42'))
    } finally {
      await follow.stop()
    }
  })

  it('--tail, --limit-bytes and -c are honoured', async () => {
    const { kubectl } = engine()
    const pod = (await kubectl('get', 'pods', '-l', `vm.kubevirt.io/name=${name}`, '-o', 'name')).trim()
    const all = await kubectl('logs', pod)
    expect(all).toContain(guestGreeting)
    expect(all.endsWith(await kubectl('logs', pod, '--tail=2'))).toBe(true)
    expect(await kubectl('logs', pod, '--limit-bytes=7')).toHaveLength(7)
    // KubeVirt's container for the log; kubectl itself looks whether the pod has it, other clients just ask.
    const log = `/api/v1/namespaces/default/${pod.replace('pod/', 'pods/')}/log`
    expect((await engine().raw({ path: `${log}?container=guest-console-log` })).text).toContain(guestGreeting)
    expect((await engine().raw({ path: `${log}?container=nobody` })).code).toBe(400)
    expect(await kubectl.fails('logs', pod, '-c', 'nobody')).toContain('container nobody is not valid')
  })
})
