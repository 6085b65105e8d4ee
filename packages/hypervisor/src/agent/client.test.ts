import { duplexPair, type Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { AgentClient } from './client.ts'
import { readGuestInfo } from './guest-info.ts'

const sync = (id: unknown): string => `\u00ff{"return": ${String(id)}}\n`

interface Request {
  execute: string
  arguments?: { id?: number; mode?: string }
}

/** A peer that answers each request with what `answer` gives, byte for byte (latin1). */
function peerOf(answer: (request: Request, far: Duplex) => string): { near: Duplex; far: Duplex } {
  const [near, far] = duplexPair()
  far.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString('latin1').replaceAll('\u00ff', '').split('\n').slice(0, -1)) {
      far.write(Buffer.from(answer(JSON.parse(line), far), 'latin1'))
    }
  })
  return { near, far }
}

const replies: Record<string, unknown> = {
  'guest-info': {
    version: '7.2.0',
    supported_commands: [
      'guest-get-host-name',
      'guest-get-osinfo',
      'guest-get-timezone',
      'guest-get-users',
      'guest-get-fsinfo',
      'guest-network-get-interfaces',
    ].map((name) => ({ name, enabled: name !== 'guest-get-users', 'success-response': true })),
  },
  'guest-get-host-name': { 'host-name': 'vm1' },
  'guest-get-osinfo': { name: 'Debian', 'kernel-release': '6.1', id: 'debian', unknown: 1 },
  'guest-get-timezone': { zone: 'CET', offset: 3600 },
  'guest-get-fsinfo': [
    { name: 'vda1', mountpoint: '/', type: 'ext4', 'used-bytes': 5, disk: [{ serial: 's', 'bus-type': 'virtio' }] },
  ],
  'guest-network-get-interfaces': [
    { name: 'lo' },
    {
      name: 'eth0',
      'hardware-address': '52:54:00:11:22:33',
      'ip-addresses': [{ 'ip-address': '10.0.2.2', prefix: 24, 'ip-address-type': 'ipv4' }],
    },
  ],
}

describe('AgentClient', () => {
  let client: AgentClient

  afterEach(() => client.close())

  function clientOf(answer: (request: Request, far: Duplex) => string, timeoutMs = 20_000): AgentClient {
    client = new AgentClient({
      connect: async () => peerOf(answer).near,
      peer: 'vm',
      timeoutMs,
      maxStaleBytes: 2 * 1024 * 1024,
    })
    return client
  }

  const honest = ({ execute, arguments: args }: Request): string => {
    if (execute === 'guest-sync-delimited') return sync(args?.id)
    return `${JSON.stringify({ return: replies[execute] })}\n`
  }

  it('reads all a guest tells, and leaves out what its agent has switched off', async () => {
    expect(await readGuestInfo(clientOf(honest))).toEqual({
      agentVersion: '7.2.0',
      supportedCommands: expect.arrayContaining([{ name: 'guest-get-users', enabled: false }]),
      hostname: 'vm1',
      os: { name: 'Debian', kernelRelease: '6.1', id: 'debian' },
      timezone: { zone: 'CET', offset: 3600 },
      users: [],
      filesystems: [
        { name: 'vda1', mountPoint: '/', type: 'ext4', usedBytes: 5, disks: [{ serial: 's', busType: 'virtio' }] },
      ],
      interfaces: [
        { name: 'lo', addresses: [] },
        { name: 'eth0', mac: '52:54:00:11:22:33', addresses: [{ ip: '10.0.2.2', prefix: 24, family: 'ipv4' }] },
      ],
    })
  })

  it('leaves out what the agent refuses', async () => {
    const info = await readGuestInfo(
      clientOf((request) =>
        request.execute === 'guest-get-osinfo'
          ? '{"error": {"class": "GenericError", "desc": "no"}}\n'
          : honest(request),
      ),
    )
    expect(info.os).toBeUndefined()
    expect(info.hostname).toBe('vm1')
  })

  it('finds the answer to its sync behind stale bytes', async () => {
    const stale = `{"return": "old"}\n\u00ff{"return": 1}\n${'x'.repeat(100_000)}\u00ff`
    const asked = clientOf((request) =>
      request.execute === 'guest-sync-delimited' ? stale + honest(request) : honest(request),
    )
    expect((await readGuestInfo(asked)).hostname).toBe('vm1')
  })

  it.each<[string, (request: Request) => string, string]>([
    ['silence', () => '', 'Timeout'],
    ['silence after the sync', (request) => (request.execute === 'guest-info' ? '' : honest(request)), 'Timeout'],
    ['a flood', () => 'y\n'.repeat(2_000_000), 'Protocol'],
    [
      'a reply without end',
      (request) => (request.execute === 'guest-info' ? 'x'.repeat(2_000_000) : honest(request)),
      'Protocol',
    ],
    [
      'deep nesting',
      (request) => (request.execute === 'guest-info' ? `${'['.repeat(9999)}\n` : honest(request)),
      'Protocol',
    ],
    [
      'a wrong type',
      (request) => (request.execute === 'guest-info' ? '{"return": []}\n' : honest(request)),
      'Protocol',
    ],
    [
      'text for a number',
      (request) => (request.execute === 'guest-get-timezone' ? '{"return": {"offset": "1"}}\n' : honest(request)),
      'Protocol',
    ],
  ])('gives up on %s', async (_, answer, code) => {
    await expect(readGuestInfo(clientOf(answer, code === 'Timeout' ? 300 : 20_000))).rejects.toMatchObject({ code })
  })

  it('cuts long text', async () => {
    const info = await readGuestInfo(
      clientOf((request) =>
        request.execute === 'guest-get-host-name'
          ? `{"return": {"host-name": "${'h'.repeat(9999)}"}}\n`
          : honest(request),
      ),
    )
    expect(info.hostname).toHaveLength(1024)
  })

  it('reads nothing while nobody asks, so that a flooding guest blocks itself', async () => {
    const { near, far } = peerOf(honest)
    client = new AgentClient({ connect: async () => near, peer: 'vm' })
    await readGuestInfo(client)
    let accepted = 0
    while (far.write(Buffer.alloc(64 * 1024)) && accepted < 1000) accepted += 1
    expect(accepted).toBeLessThan(10)
    expect(near.readableLength).toBeLessThan(1024 * 1024)
  })

  it('works again after a failure, on a new connection', async () => {
    let connections = 0
    client = new AgentClient({
      connect: async () => {
        connections += 1
        return peerOf(connections === 1 ? () => '' : honest).near
      },
      peer: 'vm',
      timeoutMs: 2000,
    })
    await expect(readGuestInfo(client)).rejects.toMatchObject({ code: 'Timeout' })
    expect((await readGuestInfo(client)).hostname).toBe('vm1')
    expect(connections).toBe(2)
  })

  it('serves one caller at a time', async () => {
    const asked = clientOf(honest)
    const infos = await Promise.all([readGuestInfo(asked), readGuestInfo(asked), readGuestInfo(asked)])
    expect(infos.map(({ hostname }) => hostname)).toEqual(['vm1', 'vm1', 'vm1'])
  })
})
