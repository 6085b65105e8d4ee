// Getting into the console, and staying out of what is not one's own: sign-in, sessions, origins, and what hostile clients send.
import { connect } from 'node:net'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually, useEngine } from '@berth/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ListedSessionInfo } from '@berth/view'
import { closed, refusal, type Answer, type Ask, type Visitor } from './console-access/visitor.ts'
import { useConsole } from './console-access/use-console.ts'

const engine = useEngine({ driver: 'simulated' })
const host = useConsole(engine)

/** Opened first and looked at last: sockets that never finish their request. */
const held: { socket: ReturnType<typeof connect>; ended: Promise<void> }[] = []
beforeAll(() => {
  const { hostname, port } = new URL(host().url)
  for (let count = 0; count < 200; count++) {
    const socket = connect(Number(port), hostname)
    socket.write('POST /api/session HTTP/1.1\r\nhost: x\r\nx-slow: ')
    socket.on('error', () => {})
    // A socket whose last words nobody reads does not end.
    socket.resume()
    held.push({ socket, ended: new Promise((resolve) => void socket.once('close', () => resolve())) })
  }
})
afterAll(() => {
  for (const { socket } of held) socket.destroy()
})

describe('a one-time link', () => {
  it('signs in once, with a cookie no script reads and no other site sends', async () => {
    const code = await host().code()
    const ann = host().visitor()
    const answer = await ann.signIn({ method: 'code', code })
    expect(answer.code).toBe(200)
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^berth-session-\d+=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict$/),
    ])
    expect(await ann.session()).toMatchObject({
      user: 'local:admin',
      admin: true,
      password: 'missing',
      clusters: [{ id: 'local', kind: 'engine', state: 'reachable' }],
    })
    const replayed = await host().visitor().signIn({ method: 'code', code })
    expect([replayed.code, replayed.headers['set-cookie'], replayed.message]).toEqual([
      401,
      undefined,
      'this link was used already, or is too old; ask for a new one',
    ])
  })

  it('signs in one of many who use it at the same time', async () => {
    const code = await host().code()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => host().visitor().signIn({ method: 'code', code })),
    )
    expect(answers.filter((answer) => answer.code === 200)).toHaveLength(1)
  })

  it.each(['', '../accounts/admin', 'x'.repeat(10_000), '\u0000'])('is not guessed with %j', async (code) => {
    const answer = await host().visitor().signIn({ method: 'code', code })
    expect(answer.code).toBe(code === '' ? 400 : 401)
  })
})

describe('a request', () => {
  const asked: [string, Ask, number][] = [
    ['of another origin', { headers: { origin: 'http://evil.example' } }, 403],
    ['of the same name at another port', { headers: { origin: 'http://127.0.0.1:1' } }, 403],
    ['of a sandboxed page', { headers: { origin: 'null' } }, 403],
    ['without an origin', { headers: { origin: undefined } }, 403],
    ['without the CSRF token', { headers: { 'x-berth-csrf': undefined } }, 403],
    ['with a made-up CSRF token', { headers: { 'x-berth-csrf': 'x' } }, 403],
    ['to another name (DNS rebinding)', { headers: { host: 'evil.example' } }, 403],
    ['without a cookie', { headers: { cookie: undefined } }, 401],
    ['as it should be', {}, 204],
  ]
  it.each(asked)('that changes something, %s', async (_, ask, code) => {
    const ann = await host().administrator()
    const answer = await ann.ask('/api/preferences', { method: 'PUT', body: { theme: 'dark' }, ...ask })
    expect(answer.code).toBe(code)
    const kept = (await ann.ask('/api/preferences')).json()
    if (code === 204) expect(kept).toEqual({ theme: 'dark' })
  })

  it.each([
    ['sec-fetch-site', 'cross-site', 403],
    ['sec-fetch-site', 'same-site', 403],
    ['sec-fetch-site', 'same-origin', 200],
    ['host', 'evil.example', 403],
  ])('that reads, with %s %s, is answered with %i', async (name, value, code) => {
    const ann = await host().administrator()
    expect((await ann.ask('/api/session', { headers: { [name]: value } })).code).toBe(code)
  })

  it('without a session gets no further than the door', async () => {
    for (const path of [
      '/api/session',
      '/api/accounts',
      '/api/clusters/local/k8s/version',
      '/api/nowhere',
      '/api/preferences',
    ]) {
      const answer = await host().visitor().ask(path)
      expect([path, answer.code, answer.headers['content-type']]).toEqual([
        path,
        401,
        'application/json; charset=utf-8',
      ])
    }
  })

  it.each([
    ['/api/session', 2 * 1024 * 1024],
    ['/api/preferences', 65 * 1024],
    ['/api/clusters/local/k8s/api/v1/namespaces', 4 * 1024 * 1024],
  ])('to %s with %i bytes is refused', async (path, bytes) => {
    const ann = await host().administrator()
    const method = path.endsWith('s') && !path.endsWith('namespaces') ? 'PUT' : 'POST'
    const answer = await ann.ask(path, { method, body: JSON.stringify({ x: 'x'.repeat(bytes) }) })
    expect(answer.code).toBe(413)
  })

  it.each(['{', '[]', 'null', '"x"', '{"method":"magic"}', '{"method":"password","user":{},"password":[]}'])(
    'to sign in with %s is told what is wrong',
    async (body) => {
      const answer = await host().visitor().ask('/api/session', { method: 'POST', body })
      expect(answer.code).toBe(400)
      expect(answer.message).not.toBe('')
    },
  )
})

describe('the page', () => {
  it('comes with a policy that runs scripts of the console only, and another nonce each time', async () => {
    const answers = await Promise.all(
      ['/', '/vms/default/web', '/%2e%2e/%2e%2e/etc/passwd'].map((path) => host().visitor().ask(path)),
    )
    const nonces = answers.map(({ headers, text }) => {
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'; script-src 'self';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
      expect(text).toContain(`<meta property="csp-nonce" nonce="${nonce}">`)
      return nonce
    })
    expect(new Set(nonces).size).toBe(nonces.length)
    expect(answers.every(({ code }) => code === 200)).toBe(true)
  })

  it('has files that browsers may keep, and nothing beside them', async () => {
    const somebody = host().visitor()
    const file = await somebody.ask('/assets/app-1234.js')
    expect([file.code, file.headers['cache-control'], file.headers['x-content-type-options']]).toEqual([
      200,
      'public, max-age=31536000, immutable',
      'nosniff',
    ])
    for (const path of ['/assets/../../console/cookie-key.json', '/assets/%2e%2e/index.html', '/assets/nothing.js']) {
      expect([path, [403, 404].includes((await somebody.ask(path)).code)]).toEqual([path, true])
    }
  })
})

describe('a session', () => {
  it('is what its cookie says, and no other one', async () => {
    const [ann, bob] = await Promise.all([host().administrator(), host().administrator()])
    const [name = '', value = ''] = ann.cookie.split('=')
    const [id = '', signature = ''] = value.split('.')
    const forged = [
      `${name}=${id}`,
      `${name}=${id}.`,
      `${name}=${id}.${bob.cookie.split('.')[1] ?? ''}`,
      `${name}=${'A'.repeat(43)}.${signature}`,
      `${name}=../../accounts/admin.${signature}`,
      `other=${value}`,
    ]
    for (const cookie of forged) {
      expect([cookie, (await ann.ask('/api/session', { headers: { cookie } })).code]).toEqual([cookie, 401])
    }
    // Somebody else's CSRF token is none of one's own.
    const answer = await ann.ask('/api/preferences', { method: 'PUT', body: {}, headers: { 'x-berth-csrf': bob.csrf } })
    expect(answer.code).toBe(403)
  })

  it('is listed to its own person and to administrators, who end it at once', async () => {
    const [ann, vera, otto] = [
      await host().administrator(),
      await host().signedIn('listed-vera', 'viewer'),
      await host().signedIn('listed-otto', 'operator'),
    ]
    const listOf = async (somebody: Visitor): Promise<ListedSessionInfo[]> =>
      (await somebody.ask('/api/sessions')).json() as ListedSessionInfo[] // the shape the page is built against
    expect(await listOf(vera)).toMatchObject([{ user: 'local:listed-vera', current: true }])
    const all = await listOf(ann)
    const [theirs] = all.filter(({ user }) => user === 'local:listed-vera')
    expect(all.filter(({ current }) => current)).toHaveLength(1)
    const end = (somebody: Visitor): Promise<Answer> =>
      somebody.ask(`/api/sessions/${theirs?.id ?? ''}`, { method: 'DELETE' })
    expect((await end(otto)).code).toBe(404)
    expect((await vera.ask('/api/session')).code).toBe(200)
    expect((await end(ann)).code).toBe(204)
    expect((await vera.ask('/api/session')).code).toBe(401)
    expect((await end(ann)).code).toBe(404)
  })

  it('is a new one at every sign-in, whatever cookie came with it', async () => {
    const ann = await host().administrator()
    const fixed = ann.cookie
    await ann.signIn({ method: 'code', code: await host().code() })
    expect(ann.cookie).not.toBe(fixed)
  })

  it('ends with sign-out, and its sockets and watches with it', async () => {
    const ann = await host().administrator()
    const live = ann.live()
    await once(live, 'open')
    const goodbye = closed(live)
    let heard = ''
    const watching = ann.cluster('api/v1/namespaces?watch=true', { heard: (text) => (heard = text) })
    // Only its end is looked at, further down.
    watching.catch(() => {})
    await eventually(() => heard.includes('ADDED'), { what: 'the watch to begin' })
    expect((await ann.ask('/api/session', { method: 'DELETE' })).code).toBe(204)
    expect(await goodbye).toEqual({ code: 4401, reason: 'signed out' })
    await expect(watching.then(({ text }) => text)).rejects.toThrow(/aborted|hang up/)
    expect((await ann.ask('/api/session')).code).toBe(401)
  })

  it('outlives the server, and is on disk without its secret', async () => {
    const ann = await host().administrator()
    await host().restart()
    expect((await ann.session()).csrf).toBe(ann.csrf)
    const folder = join(host().dataDirectory, 'sessions')
    const id = ann.cookie.split('=')[1]?.split('.')[0] ?? ''
    for (const name of await readdir(folder)) {
      expect(name + (await readFile(join(folder, name), 'utf8'))).not.toContain(id)
    }
  })

  it('ends when its user is removed or gets another role', async () => {
    const admin = await host().administrator()
    const eve = await host().signedIn('eve', 'operator')
    const role = await admin.ask('/api/accounts/eve', { method: 'PATCH', body: { role: 'viewer' } })
    expect([role.code, (await eve.ask('/api/session')).code]).toEqual([200, 401])
    const removed = await admin.ask('/api/accounts/eve', { method: 'DELETE' })
    expect(removed.code).toBe(204)
    const last = await admin.ask('/api/accounts/admin', { method: 'DELETE' })
    expect([last.code, last.message]).toEqual([409, expect.stringContaining('"admin" is the last administrator')])
  })
})

describe('a password', () => {
  it('is set after a link, ends other sessions, and is asked for when it is changed', async () => {
    const ann = await host().signedIn('ann', 'operator')
    const change = (visitor: Visitor, body: object) => visitor.ask('/api/session/password', { method: 'PUT', body })
    expect((await change(ann, { password: 'short' })).message).toContain('password: must have 8 to 256 characters')
    const before = ann.cookie
    const set = await change(ann, { password: 'correct horse' })
    ann.take(set)
    expect(ann.cookie).not.toBe(before)
    expect((await ann.session()).password).toBe('set')
    expect((await ann.ask('/api/session', { headers: { cookie: before } })).code).toBe(401)

    const again = host().visitor()
    expect((await again.signIn({ method: 'password', user: 'ann', password: 'correct horse' })).code).toBe(200)
    expect((await change(again, { password: 'another one' })).code).toBe(403)
    again.take(await change(again, { current: 'correct horse', password: 'another one' }))
    expect((await ann.ask('/api/session')).code).toBe(401)
    expect((await again.session()).displayName).toBe('ann')
  })

  it('tells who guesses nothing about users', async () => {
    const answers = await Promise.all(
      ['admin', 'ann', 'nobody', '../admin', ''].map((user) =>
        host()
          .visitor()
          .ask('/api/session', {
            method: 'POST',
            body: { method: 'password', user: user || 'x', password: 'wrong one' },
          }),
      ),
    )
    expect(new Set(answers.map(({ code, text }) => `${code} ${text}`))).toEqual(
      new Set([`401 ${answers[0]?.text ?? ''}`]),
    )
  })

  it('is not found by two thousand tries, which hinder nobody else', async () => {
    const guesser = host().visitor()
    guesser.agent = new Agent({ keepAlive: true, maxSockets: 20 })
    const codes = new Map<number, number>()
    let retryAfter = 0
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          guesser.ask('/api/session', {
            method: 'POST',
            body: { method: 'password', user: 'guessed', password: `guess ${round} ${n}` },
          }),
        ),
      )
      for (const { code, headers } of answers) {
        codes.set(code, (codes.get(code) ?? 0) + 1)
        retryAfter = Math.max(retryAfter, Number(headers['retry-after'] ?? 0))
      }
    }
    expect(new Set(codes.keys())).toEqual(new Set([401, 429]))
    expect(codes.get(401)).toBeLessThan(40)
    expect(retryAfter).toBeGreaterThan(0)
    guesser.agent.destroy()
    expect((await host().administrator()).csrf).not.toBe('')
  })
})

describe('a token', () => {
  async function token(): Promise<string> {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'default' } }
    // Made once, asked for by several tests.
    await engine().kubectl.with(account, 'apply', '-f', '-')
    return (await engine().kubectl('create', 'token', 'robot', '-n', 'default')).trim()
  }

  it('signs in whoever the cluster says it is, with their rights only, and lies nowhere in the clear', async () => {
    const own = await token()
    const robot = host().visitor()
    expect((await robot.signIn({ method: 'token', token: own, cluster: 'local' })).code).toBe(200)
    expect(await robot.session()).toMatchObject({ user: 'system:serviceaccount:default:robot', admin: false })
    expect((await robot.cluster('api/v1/namespaces/default/secrets')).code).toBe(403)
    const folder = join(host().dataDirectory, 'sessions')
    for (const name of await readdir(folder)) expect(await readFile(join(folder, name), 'utf8')).not.toContain(own)
    await host().restart()
    expect((await robot.session()).user).toBe('system:serviceaccount:default:robot')
  })

  it.each(['x', 'eyJhbGciOiJub25lIn0.e30.', 'a\r\nimpersonate-user: admin', 'ü'])(
    'that is none, %j, is refused',
    async (made) => {
      const answer = await host().visitor().signIn({ method: 'token', token: made })
      expect(answer.code).toBe(401)
    },
  )
})

describe('a WebSocket', () => {
  it.each([
    ['another origin', { origin: 'http://evil.example' }],
    ['another name', { host: 'evil.example' }],
  ])('of %s is refused before it is opened', async (_, headers) => {
    const ann = await host().administrator()
    expect(await refusal(ann.live(headers))).toBe(403)
  })

  it('without a session, or with a forged one, hears that and nothing else', async () => {
    for (const cookie of ['', 'berth-session-1=a.b']) {
      const socket = host().visitor().live({ cookie })
      let heard = 0
      socket.on('message', () => heard++)
      expect([await closed(socket), heard]).toEqual([{ code: 4401, reason: 'you are not signed in' }, 0])
    }
  })

  it.each([
    ['no JSON', 'hello', 1008],
    ['no message of the protocol', '{"type":"sudo","id":1}', 1008],
    ['a number that is none', '{"type":"close","id":"1"}', 1008],
    [
      'more than a message may be',
      JSON.stringify({ type: 'open', id: 1, channel: 'rows', request: 'x'.repeat(70_000) }),
      1009,
    ],
  ])('that sends %s is closed', async (_, text, code) => {
    const socket = (await host().administrator()).live()
    await once(socket, 'open')
    socket.send(text)
    expect((await closed(socket)).code).toBe(code)
  })

  it('has room for 64 channels and knows no others than its own', async () => {
    const socket = (await host().administrator()).live()
    await once(socket, 'open')
    const refused: { id: number; reason: string; message: string }[] = []
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as { type: string; id: number; reason: string; message: string }
      if (message.type === 'refused') refused.push(message)
    })
    for (let id = 0; id <= 64; id++) socket.send(JSON.stringify({ type: 'open', id, channel: 'tasks', request: {} }))
    socket.send(JSON.stringify({ type: 'open', id: 100, channel: '__proto__', request: {} }))
    await eventually(() => refused.length === 2, { what: 'both refusals' })
    expect(refused).toMatchObject([
      { id: 64, reason: 'Unavailable', message: 'more than 64 channels are open' },
      { id: 100, reason: 'NotFound' },
    ])
    socket.close()
  })
})

it('lets go of whoever never finishes a request, and serves others meanwhile', async () => {
  expect((await host().administrator()).csrf).not.toBe('')
  await Promise.all(held.map(({ ended }) => ended))
})
