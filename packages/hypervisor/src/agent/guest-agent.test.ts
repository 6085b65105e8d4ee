import { duplexPair, type Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { AgentClient } from './client.ts'
import { QemuGuestAgent } from './guest-agent.ts'

type Arguments = Record<string, unknown>
type Answers = Record<string, (args: Arguments) => unknown>

const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('QemuGuestAgent', () => {
  let client: AgentClient
  let asked: [string, Arguments][]

  afterEach(() => client.close())

  /** An agent that knows these commands, and refuses all others. */
  function agentOf(answers: Answers, isConnected = true): QemuGuestAgent {
    asked = []
    client = new AgentClient({ connect: async () => peer(answers), peer: 'vm', timeoutMs: 20_000 })
    return new QemuGuestAgent({ client, peer: 'vm', isConnected: () => isConnected })
  }

  function peer(answers: Answers): Duplex {
    const [near, far] = duplexPair()
    far.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString('latin1').replaceAll('\u00ff', '').split('\n').slice(0, -1)) {
        const { execute, arguments: args = {} } = JSON.parse(line)
        if (execute === 'guest-sync-delimited') {
          far.write(Buffer.from(`\u00ff{"return": ${String(args.id)}}\n`, 'latin1'))
          continue
        }
        asked.push([execute, args])
        const answer = answers[execute]?.(args)
        const reply =
          answer === undefined ? { error: { class: 'CommandNotFound', desc: 'unknown' } } : { return: answer }
        far.write(`${JSON.stringify(reply)}\n`)
      }
    })
    return near
  }

  it('tells what the cards of a guest carried, and leaves out those that nobody counts', async () => {
    const statistics = { 'rx-bytes': 10, 'tx-bytes': 20, 'rx-packets': 1, 'tx-packets': 2, 'rx-errs': 0 }
    const agent = agentOf({
      'guest-network-get-interfaces': () => [
        { name: 'lo' },
        { name: 'eth0', 'hardware-address': '02:00:00:00:00:01', statistics },
      ],
    })
    expect(await agent.traffic()).toEqual([
      {
        name: 'eth0',
        mac: '02:00:00:00:00:01',
        receivedBytes: 10,
        sentBytes: 20,
        receivedPackets: 1,
        sentPackets: 2,
      },
    ])
    client.close()
    const broken = agentOf({
      'guest-network-get-interfaces': () => [{ name: 'eth0', statistics: { 'rx-bytes': 'x' } }],
    })
    await expect(broken.traffic()).rejects.toMatchObject({ code: 'Protocol' })
  })

  it('runs a program and tells how it ended', async () => {
    let looks = 0
    const agent = agentOf({
      'guest-exec': () => ({ pid: 7 }),
      'guest-exec-status': () => {
        looks += 1
        if (looks < 3) return { exited: false }
        return { exited: true, exitcode: 3, 'out-data': base64('out'), 'err-data': base64('e'.repeat(200_000)) }
      },
    })
    const result = await agent.run({ path: 'ls', args: ['-l'], timeoutMs: 20_000 })
    expect(result).toMatchObject({ exitCode: 3, output: 'out' })
    expect(result.errorOutput.length).toBeLessThanOrEqual(64 * 1024)
    expect(asked[0]).toEqual(['guest-exec', { path: 'ls', arg: ['-l'], 'capture-output': true }])
  })

  it('cuts what a program wrote, however much it is', async () => {
    const agent = agentOf({
      'guest-exec': () => ({ pid: 7 }),
      'guest-exec-status': () => ({ exited: true, exitcode: 0, 'out-data': base64('o'.repeat(4_000_000)) }),
    })
    const { output, exitCode } = await agent.run({ path: 'yes', args: [], timeoutMs: 20_000 })
    expect(exitCode).toBe(0)
    expect(output).toMatch(/^o{60000,65536}$/)
  })

  it('gives up on a program that goes on', async () => {
    const agent = agentOf({ 'guest-exec': () => ({ pid: 7 }), 'guest-exec-status': () => ({ exited: false }) })
    await expect(agent.run({ path: 'sleep', args: ['9'], timeoutMs: 60 })).rejects.toMatchObject({ code: 'Timeout' })
  })

  it.each<[string, Answers]>([
    ['no process id', { 'guest-exec': () => ({ pid: 'seven' }) }],
    ['no state', { 'guest-exec': () => ({ pid: 7 }), 'guest-exec-status': () => ({ exited: 'yes' }) }],
  ])('does not believe %s', async (_what, answers) => {
    await expect(agentOf(answers).run({ path: 'x', args: [], timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'Protocol',
    })
  })

  it('freezes, thaws, and asks how it stands', async () => {
    let frozen = false
    const agent = agentOf({
      'guest-fsfreeze-freeze': () => ((frozen = true), 2),
      'guest-fsfreeze-thaw': () => ((frozen = false), 2),
      'guest-fsfreeze-status': () => (frozen ? 'frozen' : 'thawed'),
    })
    await agent.freeze()
    expect(await agent.isFrozen()).toBe(true)
    await agent.thaw()
    expect(await agent.isFrozen()).toBe(false)
  })

  it('sets a password, and lets no user name pass for an option', async () => {
    const agent = agentOf({ 'guest-set-user-password': () => ({}) })
    await agent.setPassword('root', 'sécret')
    expect(asked).toEqual([
      ['guest-set-user-password', { username: 'root', password: base64('sécret'), crypted: false }],
    ])
    await expect(agent.setPassword('--all', 'x')).rejects.toMatchObject({ code: 'Refused' })
    expect(asked).toHaveLength(1)
  })

  it('sets keys with the command for it', async () => {
    const agent = agentOf({ 'guest-ssh-add-authorized-keys': () => ({}) })
    expect(await agent.setAuthorizedKeys('me', ['ssh-ed25519 A'])).toEqual({ oldWay: false })
    expect(asked).toEqual([['guest-ssh-add-authorized-keys', { username: 'me', keys: ['ssh-ed25519 A'], reset: true }]])
  })

  describe('with an agent that has no command for keys', () => {
    const programs = (passwd: string): Answers => ({
      'guest-exec': ({ path }) => ({ pid: path === 'getent' ? 1 : 2 }),
      'guest-exec-status': ({ pid }) => ({
        exited: true,
        exitcode: 0,
        ...(pid === 1 ? { 'out-data': base64(passwd) } : {}),
      }),
      'guest-file-open': () => 5,
      'guest-file-write': ({ 'buf-b64': data }) => ({ count: Buffer.from(String(data), 'base64').length }),
      'guest-file-close': () => ({}),
    })

    it('writes the file, as the user', async () => {
      const agent = agentOf(programs('me:x:1000:1001::/home/me:/bin/sh\n'))
      expect(await agent.setAuthorizedKeys('me', ['k1', 'k2'])).toEqual({ oldWay: true })
      const run = asked.filter(([name]) => name === 'guest-exec').map(([, args]) => [args['path'], args['arg']])
      expect(run).toContainEqual(['chown', ['1000:1001', '/home/me/.ssh/authorized_keys']])
      expect(asked).toContainEqual(['guest-file-write', { handle: 5, 'buf-b64': base64('k1\nk2\n') }])
    })

    it.each(['', 'me:x:0:0::relative:', 'me:x:0; rm:0::/root:'])('does not trust the entry %j', async (entry) => {
      await expect(agentOf(programs(entry)).setAuthorizedKeys('me', ['k'])).rejects.toMatchObject({
        code: 'Refused',
        message: expect.stringContaining('unable to detect home directory of user me'),
      })
    })
  })

  it('says so when no agent is there', async () => {
    await expect(agentOf({}, false).ping()).rejects.toMatchObject({ code: 'AgentUnavailable' })
    await expect(agentOf({}, false).info()).rejects.toMatchObject({ code: 'AgentUnavailable' })
  })
})
