// Forwards to a guest's ports, over a network that does what QEMU's does with them: UDP is answered from the forward's own address.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { GuestPorts } from './guest-ports.ts'
import { parseUsernet } from './usernet.ts'

/** The monitor's side of a user network whose guest echoes on every UDP port. */
class EchoNetwork {
  refusal = ''
  readonly clientPorts = new Set<number>()
  readonly #forwards = new Map<string, { socket: Socket; guestPort: string }>()

  ports(): GuestPorts {
    return new GuestPorts({
      monitor: (line) => this.#run(line),
      network: 'net-default',
      guestAddress: '10.0.2.2',
      machine: 'default_echo',
    })
  }

  open(): string[] {
    return [...this.#forwards.keys()]
  }

  close(): void {
    for (const { socket } of this.#forwards.values()) socket.close()
    this.#forwards.clear()
  }

  async #run(line: string): Promise<string> {
    const [, address = '', guestPort = ''] =
      /^hostfwd_add net-default udp:([\d.]+):0-10\.0\.2\.2:(\d+)$/.exec(line) ?? []
    if (address !== '') return this.refusal === '' ? this.#add(address, guestPort) : this.refusal
    const [, removed] = /^hostfwd_remove net-default udp:([\d.]+:\d+)$/.exec(line) ?? []
    if (removed !== undefined) {
      this.#forwards.get(removed)?.socket.close()
      this.#forwards.delete(removed)
      return ''
    }
    if (line !== 'info usernet') throw new Error(`not a command of the monitor: ${line}`)
    const lines = [...this.#forwards].map(([where, each]) => {
      return `  UDP[HOST_FORWARD]  13  ${where.replace(':', ' ')}  10.0.2.2  ${each.guestPort}  0  0`
    })
    return lines.join('\r\n')
  }

  async #add(address: string, guestPort: string): Promise<string> {
    const socket = createSocket('udp4')
    socket.bind(0, address)
    await once(socket, 'listening')
    socket.on('message', (datagram, from) => {
      this.clientPorts.add(from.port)
      socket.send(datagram, from.port, '127.0.0.1')
    })
    this.#forwards.set(`${address}:${socket.address().port}`, { socket, guestPort })
    return ''
  }
}

describe('what QEMU tells of its network', () => {
  it('is read line by line', () => {
    const text = [
      'Hub -1 (net-default):',
      '  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ',
      '  TCP[ESTABLISHED]   37       127.9.8.7 33001        10.0.2.2  7777     0     0',
      '  TCP[HOST_FORWARD]  12     127.12.13.1 40001        10.0.2.2    22     0     0',
      '  UDP[HOST_FORWARD]  13     127.12.13.2 40002        10.0.2.2    53     0     0',
      '  UDP[236 sec]       45        10.0.2.2 54321        10.0.2.3    53     0     0',
      '  ICMP[10 sec]       46        10.0.2.2     -        10.0.2.1     -     0     0',
    ].join('\r\n')
    expect(parseUsernet(text)).toEqual([
      flow('tcp', 'ESTABLISHED', '127.9.8.7', 33_001, '10.0.2.2', 7777),
      flow('tcp', 'HOST_FORWARD', '127.12.13.1', 40_001, '10.0.2.2', 22),
      flow('udp', 'HOST_FORWARD', '127.12.13.2', 40_002, '10.0.2.2', 53),
      flow('udp', '236 sec', '10.0.2.2', 54_321, '10.0.2.3', 53),
    ])
  })

  function flow(...[protocol, state, hostAddress, hostPort, guestAddress, guestPort]: (string | number)[]): object {
    return { protocol, state, hostAddress, hostPort, guestAddress, guestPort }
  }
})

describe('datagrams to a guest', () => {
  const network = new EchoNetwork()
  afterEach(() => network.close())

  it('come back one by one, whatever their size', async () => {
    const session = await network.ports().dial(53, 'udp')
    for (const text of ['one', 'x'.repeat(9000)]) expect(await answerTo(session, text)).toBe(text)
    session.destroy()
  })

  it('of several sessions share one way in, which closes with the last', async () => {
    const ports = network.ports()
    const [first, second] = await Promise.all([ports.dial(53, 'udp'), ports.dial(53, 'udp')])
    expect(network.open()).toHaveLength(1)
    expect(await Promise.all([answerTo(first, 'a'), answerTo(second, 'b')])).toEqual(['a', 'b'])
    await gone(first)
    expect(await answerTo(second, 'c')).toBe('c')
    await gone(second)
    await untilTrue(() => network.open().length === 0)
    const third = await ports.dial(53, 'udp')
    expect(await answerTo(third, 'd')).toBe('d')
    await gone(third)
  })

  it('are taken from nobody but the guest', async () => {
    const session = await network.ports().dial(53, 'udp')
    expect(await answerTo(session, 'first')).toBe('first')
    const stranger = createSocket('udp4')
    for (const port of network.clientPorts) stranger.send('from a stranger', port, '127.0.0.1')
    expect(await answerTo(session, 'second')).toBe('second')
    stranger.close()
    await gone(session)
  })

  it('that nobody takes are dropped past a bound', async () => {
    const session = await network.ports().dial(53, 'udp')
    for (let count = 0; count < 1000; count += 1) {
      await new Promise<void>((resolve) => session.write(Buffer.alloc(1000, count), () => resolve()))
    }
    await delay(50)
    expect(session.readableLength).toBeLessThanOrEqual(64)
    await gone(session)
  })

  it('end in order with the machine', async () => {
    const ports = network.ports()
    const session = await ports.dial(53, 'udp')
    const ended = once(session.resume(), 'end')
    ports.end()
    await ended
    await gone(session)
  })

  it('fail with what QEMU says when it does not forward', async () => {
    network.refusal = 'could not set up host forwarding rule'
    await expect(network.ports().dial(53, 'udp')).rejects.toMatchObject({ code: 'Refused' })
    network.refusal = ''
    const session = await network.ports().dial(53, 'udp')
    await gone(session)
  })
})

describe('after a driver that ended in the middle of a session', () => {
  it('no way to the guest stays open', async () => {
    const network = new EchoNetwork()
    const left = await network.ports().dial(53, 'udp')
    expect(network.open()).toHaveLength(1)
    await network.ports().sweep()
    expect(network.open()).toEqual([])
    left.destroy()
  })
})

async function answerTo(session: Duplex, text: string): Promise<string> {
  const answer = once(session, 'data')
  session.write(Buffer.from(text))
  const [datagram] = (await answer) as [Buffer]
  return datagram.toString()
}

async function gone(session: Duplex): Promise<void> {
  const closed = once(session, 'close')
  session.destroy()
  await closed
}

async function untilTrue(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5)
}
