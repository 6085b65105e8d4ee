// Commands that connect to a guest: console, screen, ports, USB.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { eventually, freePort, serveUdpEcho, withoutKernel, type VirtctlSession } from '@berth/testkit'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { GuestWorld } from './world.ts'

export function streams({ engine, virtctl, verbs: { becomes, create }, guest }: GuestWorld): void {
  const running: VirtctlSession[] = []
  const start = (...args: string[]): VirtctlSession => {
    const session = virtctl().start(...args)
    running.push(session)
    return session
  }
  afterEach(async () => {
    for (const session of running.splice(0)) await session.stop()
  })

  describe('virtctl console', () => {
    it('console is a terminal of the guest, and Ctrl+] leaves it', async () => {
      const session = start('console', guest())
      await session.said(`Successfully connected to ${guest()} console`)
      session.write('echo answer-$((6 * 7))\n')
      await session.said('answer-42')
      session.write(Uint8Array.of(0x1d))
      expect((await session.ended).code).toBe(0)
    })

    it('console is cut off by a newer one, which it is told', async () => {
      const first = start('console', guest())
      await first.said('Successfully connected')
      const second = start('console', guest())
      await second.said('Successfully connected')
      expect((await first.ended).stderr).toContain('another user connected to the console')
      second.write('echo mine-$((40 + 2))\n')
      await second.said('mine-42')
    })

    it('console waits for a machine that is about to run', async () => {
      const late = await create('late', {
        runStrategy: 'Once',
        spec: (spec) => {
          spec.domain.devices.disks = [{ name: 'late', disk: { bus: 'virtio' } }]
          spec.volumes = [{ name: 'late', persistentVolumeClaim: { claimName: 'late' } }]
        },
      })
      await becomes(late, 'ErrorPvcNotFound')
      const session = start('console', late, '--timeout=1')
      const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
      const manifest = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'late' }, spec: claim }
      await engine().kubectl.with(manifest, 'create', '-f', '-')
      await session.said('Successfully connected')
      // The guest powers itself off: an end in order, not a cut.
      // What is typed before the shell's prompt may be lost as it takes the terminal over.
      await session.said(/root@\S+# /)
      session.write('poweroff -f\n')
      expect((await session.ended).stderr).not.toContain('You were disconnected')
      await engine().kubectl('delete', 'vm', late, '--wait=false')
    })
  })

  describe('virtctl vnc', () => {
    async function proxy(...more: string[]): Promise<number> {
      const session = start('vnc', guest(), '--proxy-only', ...more)
      await session.said(/\{"port":\d+\}/)
      return Number(/\{"port":(\d+)\}/.exec(session.output())?.[1])
    }

    it('vnc --proxy-only gives a viewer the screen', async () => {
      const viewer = connect(await proxy(), '127.0.0.1')
      const [greeting] = (await once(viewer, 'data')) as [Buffer]
      expect(greeting.toString()).toBe('RFB 003.008\n')
      viewer.destroy()
    })

    it('vnc --preserve-session leaves the one who looks alone', async () => {
      const viewer = connect(await proxy(), '127.0.0.1')
      await once(viewer, 'data')
      const second = start('vnc', guest(), '--proxy-only', '--preserve-session')
      const outcome = await second.ended
      expect([outcome.code, outcome.stderr]).toEqual([
        1,
        expect.stringContaining('Active VNC connection. Request denied.'),
      ])
      expect(viewer.destroyed).toBe(false)
      viewer.destroy()
    })

    it('vnc screenshot writes a PNG', async () => {
      const file = join(engine().scratch, 'screen.png')
      await virtctl()('vnc', 'screenshot', guest(), '--file', file)
      expect((await readFile(file)).subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
    })
  })

  describe('virtctl port-forward', () => {
    beforeAll(async () => {
      const shell = await engine().shell(guest())
      await shell.run('until ip addr show eth0 | grep -q "inet "; do usleep 50000; done')
      await shell.run('mkdir -p /www && echo hello from inside >/www/index.html && httpd -p 8080 -h /www')
      // Says what it hears once and hangs up.
      await shell.run(String.raw`printf '#!/bin/sh\nread line\necho "$line"\n' >/parrot && chmod +x /parrot`)
      await shell.run('{ nc -ll -p 22 -e /parrot & }')
      await shell.run('until grep -q :0016 /proc/net/tcp /proc/net/tcp6; do usleep 50000; done')
      await serveUdpEcho(shell, 5353)
      shell.close()
    })

    async function freeUdpPort(): Promise<number> {
      const socket = createSocket('udp4').bind(0, '127.0.0.1')
      await once(socket, 'listening')
      const { port } = socket.address()
      socket.close()
      return port
    }

    it('port-forward to vm and vmi carries tcp', async () => {
      for (const kind of ['vm', 'vmi']) {
        const port = await freePort()
        start('port-forward', `${kind}/${guest()}`, `${port}:8080`)
        const answer = await eventually(() => fetch(`http://127.0.0.1:${port}/`))
        expect(await answer.text()).toBe('hello from inside\n')
      }
    })

    it('port-forward carries udp, datagram by datagram', async () => {
      const port = await freeUdpPort()
      const session = start('port-forward', `vmi/${guest()}`, `udp/${port}:5353`)
      await session.said('forwarding udp')
      const socket = createSocket('udp4')
      const received: string[] = []
      socket.on('message', (datagram) => received.push(datagram.toString()))
      for (const text of ['one', 'x'.repeat(1200)]) {
        await eventually(() => {
          socket.send(text, port, '127.0.0.1')
          return received.includes(text)
        })
      }
      socket.close()
    })

    it('port-forward --stdio is what ssh builds on', async () => {
      const session = start('port-forward', '--stdio=true', `vm/${guest()}/default`, '22')
      session.write('there and back\n')
      await session.said('there and back')
    })

    it('port-forward says when nothing listens', async () => {
      const session = start('port-forward', '--stdio=true', `vmi/${guest()}`, '81')
      expect((await session.ended).stderr).toContain('dialing VM')
    })

    it('port-forward is refused while the machine is paused', async () => {
      await virtctl()('pause', 'vmi', guest())
      await becomes(guest(), 'Paused')
      expect((await start('port-forward', '--stdio=true', `vmi/${guest()}`, '22').ended).stderr).toContain(
        'VMI is paused',
      )
      await virtctl()('unpause', 'vmi', guest())
      await becomes(guest(), 'Running')
    })

    it.each(['ssh', 'scp'])('%s reaches port 22 of the guest', async (command) => {
      const file = join(engine().scratch, 'file')
      await writeFile(file, 'text')
      const target = `root@vm/${guest()}`
      const args = command === 'ssh' ? [target, '--command', 'true'] : [file, `${target}:file`]
      // The other side only echoes: ssh hears its own greeting and hangs up in its own words.
      const { code, stderr } = await virtctl().run(
        command,
        '--local-ssh-opts=-o BatchMode=yes',
        '--local-ssh-opts=-v',
        '--local-ssh-opts=-F/dev/null',
        ...args,
      )
      expect(code).not.toBe(0)
      expect(stderr).toMatch(/remote software version OpenSSH|Remote protocol version 2\.0/)
    })
  })

  describe('virtctl usbredir', () => {
    it('usbredir refuses a machine without slots', async () => {
      expect(await virtctl().fails('usbredir', '--no-launch', guest())).toContain('Not configured with USB Redirection')
    })

    it('usbredir joins a device to the first free of four slots', async () => {
      const name = await create('usb', {
        spec(spec) {
          withoutKernel(spec)
          spec.domain.devices.clientPassthrough = {}
        },
      })
      await becomes(name, 'Running')
      const sessions = Array.from({ length: 4 }, () => start('usbredir', '--no-launch', name))
      for (const session of sessions) {
        await session.said(/127\.0\.0\.1:\d+/)
        const socket = connect(Number(/127\.0\.0\.1:(\d+)/.exec(session.output())?.[1]), '127.0.0.1')
        // QEMU greets with the version of its side of the protocol.
        const [hello] = (await once(socket, 'data')) as [Buffer]
        expect(hello.toString('latin1')).toContain('qemu')
      }
      const fifth = await virtctl().fails('usbredir', '--no-launch', name)
      expect(fifth).toContain('All USB devices are in use.')
      await engine().kubectl('delete', 'vm', name, '--wait=false')
    })

    it('usbredir looks for its own program', async () => {
      const empty = join(engine().scratch, 'empty')
      await mkdir(empty, { recursive: true })
      expect(await virtctl().fails('usbredir', '0951:1666', guest())).toMatch(/usbredirect|Not configured/)
    })
  })
}
