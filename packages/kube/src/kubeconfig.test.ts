import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { writeKubeconfig } from './kubeconfig-writer.ts'
import { connectionOf, loadKubeconfig } from './kubeconfig.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-kubeconfig-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, content: object | string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : stringify(content))
  return path
}

function config(parts: { cluster?: object; user?: object; context?: object; current?: string; name?: string }): object {
  const { name = 'a' } = parts
  return {
    'current-context': parts.current ?? name,
    clusters: [{ name, cluster: parts.cluster ?? { server: `https://${name}:6443` } }],
    users: [{ name, user: parts.user ?? {} }],
    contexts: [{ name, context: { cluster: name, user: name, ...parts.context } }],
  }
}

async function resolve(content: object | string, context?: string) {
  return connectionOf(await loadKubeconfig([await file('config', content)]), context)
}

describe('merging', () => {
  it('lets the first file win, per name and for the current context, and skips missing files of a list', async () => {
    const first = await file('first', config({ name: 'a', cluster: { server: 'https://first' } }))
    const second = await file('second', {
      ...config({ name: 'a', cluster: { server: 'https://second' } }),
      contexts: [{ name: 'b', context: { cluster: 'a', namespace: 'team' } }],
    })
    const merged = await loadKubeconfig([join(folder, 'missing'), first, second], { optional: true })
    expect(await connectionOf(merged)).toMatchObject({
      context: 'a',
      namespace: 'default',
      connection: { server: 'https://first' },
    })
    expect(await connectionOf(merged, 'b')).toMatchObject({ context: 'b', namespace: 'team', user: '' })
  })

  it('names a file that must be there and is not', async () => {
    await expect(loadKubeconfig([join(folder, 'missing')])).rejects.toMatchObject({
      code: 'BadKubeconfig',
      message: `cannot read kubeconfig ${join(folder, 'missing')}: no such file`,
    })
  })
})

describe('contexts', () => {
  it.each([
    ['token', { token: 't' }, { kind: 'token', token: 't' }],
    ['basic', { username: 'u', password: 'p' }, { kind: 'basic', username: 'u', password: 'p' }],
    ['nothing', {}, { kind: 'none' }],
  ])('reads the credentials: %s', async (_name, user, credentials) => {
    expect((await resolve(config({ user }))).connection.credentials).toEqual(credentials)
  })

  it('reads certificates from data and from files beside the kubeconfig', async () => {
    await file('key.pem', 'KEY')
    const { connection } = await resolve(
      config({
        cluster: {
          server: 'https://a/',
          'certificate-authority-data': Buffer.from('CA').toString('base64'),
          'tls-server-name': 'n',
        },
        user: {
          'client-certificate-data': Buffer.from('CERT').toString('base64'),
          'client-key': 'key.pem',
          as: 'other',
          'as-groups': ['g'],
        },
      }),
    )
    expect(connection).toEqual({
      server: 'https://a',
      ca: 'CA',
      cert: 'CERT',
      key: 'KEY',
      serverName: 'n',
      credentials: { kind: 'none' },
      impersonate: { user: 'other', groups: ['g'] },
    })
  })

  it('resolves token files and credential commands against the folder', async () => {
    expect((await resolve(config({ user: { tokenFile: 'token' } }))).connection.credentials).toEqual({
      kind: 'tokenFile',
      path: join(folder, 'token'),
    })
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './sign-in',
      args: ['--now'],
      env: [{ name: 'A', value: 'b' }],
      interactiveMode: 'Never',
    }
    expect((await resolve(config({ user: { exec } }))).connection.credentials).toMatchObject({
      kind: 'exec',
      plugin: { command: join(folder, 'sign-in'), args: ['--now'], env: { A: 'b' }, interactiveMode: 'Never' },
    })
  })

  it.each([
    ['not YAML', '{', 'is not YAML'],
    ['a list', '[]', 'is not a mapping'],
    ['nothing', '', 'no current context'],
    ['clusters that are no list', 'clusters: 1', 'clusters is not a list'],
    ['a nameless item', 'users: [{}]', 'an item of users has no name'],
    ['an unknown context', config({ current: 'x' }), 'no context "x"'],
    ['an unknown cluster', config({ context: { cluster: 'x' } }), 'names the cluster "x", which is not there'],
    ['an unknown user', config({ context: { user: 'x' } }), 'names the user "x", which is not there'],
    ['no server', config({ cluster: {} }), 'has no http(s) server address'],
    ['another protocol', config({ cluster: { server: 'ftp://a' } }), 'has no http(s) server address'],
    ['a proxy', config({ cluster: { server: 'https://a', 'proxy-url': 'http://p' } }), 'proxy-url'],
    ['a certificate without key', config({ user: { 'client-certificate-data': 'QQ==' } }), 'only one of'],
    ['an auth-provider', config({ user: { 'auth-provider': { name: 'gcp' } } }), 'auth-provider'],
    [
      'an old exec version',
      config({ user: { exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' } } }),
      'exec.apiVersion must be',
    ],
    [
      'trust and no trust',
      config({
        cluster: { server: 'https://a', 'insecure-skip-tls-verify': true, 'certificate-authority-data': 'QQ==' },
      }),
      'both',
    ],
  ])('refuses %s', async (_name, content, message) => {
    await expect(resolve(content)).rejects.toMatchObject({
      code: 'BadKubeconfig',
      message: expect.stringContaining(message),
    })
  })
})

describe('writing', () => {
  it('writes what loading reads, for the owner only, over what was there', async () => {
    const path = join(folder, 'sub', 'admin.kubeconfig')
    for (const server of ['https://old:1', 'https://127.0.0.1:6443']) {
      await writeKubeconfig(path, { name: 'berth', server, ca: 'CA', cert: 'CERT', key: 'KEY', namespace: 'team' })
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await connectionOf(await loadKubeconfig([path]))).toEqual({
      connection: {
        server: 'https://127.0.0.1:6443',
        ca: 'CA',
        cert: 'CERT',
        key: 'KEY',
        credentials: { kind: 'none' },
      },
      context: 'berth',
      cluster: 'berth',
      user: 'berth',
      namespace: 'team',
    })
  })
})
