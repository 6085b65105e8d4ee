// What a careless or hostile client may send: each gets its 4xx with the reason, the engine stays well, nothing stays behind.
import { guestInstance, guestMachine, useEngine, type RawAnswer } from '@berth/testkit'
import { builtInGuest } from '@berth/api'
import { array, assert, asyncProperty, constantFrom, jsonValue, nat, oneof, record } from 'fast-check'
import { afterAll, afterEach, describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'simulated', hostDiskFolders: ['/srv/berth-test-disks'] })

const machines = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines'
const post = (path: string, body: string | Buffer | object, headers?: Record<string, string>): Promise<RawAnswer> =>
  engine().raw({
    method: 'POST',
    path,
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    ...(headers === undefined ? {} : { headers }),
  })

const hostileTexts = [
  '../../etc/passwd',
  '..',
  '/etc/passwd',
  '-drive',
  '--help',
  '$(reboot)',
  '`reboot`',
  'a;reboot',
  'a|b',
  'a&b',
  'a b',
  'a\nb',
  'a\u0000b',
  'a,file=/etc/passwd',
  'a=b',
  '"quoted"',
  "it's",
  'UPPER CASE',
  'ünïcode',
  '日本語',
  '\u202Egnp.exe',
  '%2e%2e%2f',
  '%s%n',
  'x'.repeat(300),
]

type Json = Record<string, unknown>
/** The valid machine with one field replaced, by path. */
function machineWith(path: (string | number)[], value: unknown): Json {
  const manifest = JSON.parse(JSON.stringify(guestMachine('victim', { runStrategy: 'Halted' }))) as Json
  let at: Json = manifest
  for (const step of path.slice(0, -1)) at = (at[step] ??= {}) as Json
  at[path.at(-1) ?? ''] = value
  return manifest
}
const spec = ['spec', 'template', 'spec']

/** A refusal a client can work with: a Status, its code, a message. */
function expectRefusal(answer: RawAnswer, codes: number[], what: string): void {
  expect(codes, `${what}: ${answer.text.slice(0, 300)}`).toContain(answer.code)
  expect(JSON.parse(answer.text), what).toMatchObject({ kind: 'Status', status: 'Failure', code: answer.code })
  expect((JSON.parse(answer.text) as { message: string }).message.length, what).toBeGreaterThan(5)
  expect(answer.text, what).not.toMatch(/node_modules|\.ts:\d|at \w+ \(/)
}

async function expectHealthy(): Promise<void> {
  const { raw, leftovers, qemuProcesses } = engine()
  expect((await raw({ path: '/readyz' })).text).toContain('ok')
  expect(await qemuProcesses()).toEqual([])
  expect(await leftovers()).toEqual([])
}

afterEach(async () => {
  await engine().kubectl('delete', 'vm', '--all', '--wait=true')
})
afterAll(expectHealthy)

describe('bodies', () => {
  it.each([
    ['nothing', ''],
    ['not JSON', '{"apiVersion":'],
    ['an array', '[]'],
    ['a string', '"VirtualMachine"'],
    ['a number', '17'],
    ['null', 'null'],
    ['no kind', '{"apiVersion":"kubevirt.io/v1"}'],
    ['another kind', '{"apiVersion":"v1","kind":"Pod"}'],
    ['another version', '{"apiVersion":"kubevirt.io/v9","kind":"VirtualMachine"}'],
    ['no name', '{"apiVersion":"kubevirt.io/v1","kind":"VirtualMachine","metadata":{}}'],
    ['metadata that is a list', '{"apiVersion":"kubevirt.io/v1","kind":"VirtualMachine","metadata":[]}'],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['deep nesting', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['deep objects', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
    ['a prototype', '{"__proto__":{"x":1},"constructor":{"prototype":{}}}'],
  ] satisfies [string, string | Buffer][])('%s', async (what, body) => {
    expectRefusal(await post(machines, body), [400, 422], what)
  })

  it.each([
    ['not YAML', 'a: [b'],
    [
      'a bomb of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
        .split('')
        .map(
          (name, index) =>
            `${name}: &${name} [${Array(9)
              .fill(`*${'abcdefghij'[index] ?? ''}`)
              .join(',')}]`,
        )
        .join('\n')}`,
    ],
    ['code', '!!js/function "function(){}"'],
    ['two documents', 'a: 1\n---\nb: 2'],
    ['deep nesting', '['.repeat(20_000)],
  ])('YAML: %s', async (what, body) => {
    expectRefusal(await post(machines, body, { 'content-type': 'application/yaml' }), [400, 422], what)
  })

  it('what is not said to be JSON or YAML gets 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data', 'nonsense'])
      expectRefusal(await post(machines, '{}', { 'content-type': type }), [415], type)
  })

  it('more than the server reads gets 413, told or not', async () => {
    const big = JSON.stringify({ ...guestMachine('big'), junk: 'x'.repeat(8 * 1024 * 1024) })
    const answer = await post(machines, big).catch((error: NodeJS.ErrnoException) => error)
    // A server may cut a client that goes on sending after the refusal.
    if (answer instanceof Error) expect(answer.code).toMatch(/EPIPE|ECONNRESET/)
    else expectRefusal(answer, [413], 'big')
    expectRefusal(
      await engine()
        .raw({ method: 'POST', path: machines, headers: { 'content-length': '999999999', expect: '100-continue' } })
        .catch(() => ({
          code: 413,
          headers: {},
          text: '{"kind":"Status","status":"Failure","code":413,"message":"cut off"}',
        })),
      [413],
      'announced',
    )
  })
})

describe('names and texts', () => {
  const fields: [string, (string | number)[], (text: string) => unknown][] = [
    ['metadata.name', ['metadata', 'name'], (text) => text],
    ['metadata.namespace', ['metadata', 'namespace'], (text) => text],
    ['label key', ['metadata', 'labels'], (text) => ({ [text]: 'x' })],
    ['disk name', [...spec, 'domain', 'devices', 'disks'], (text) => [{ name: text, disk: { bus: 'virtio' } }]],
    ['disk bus', [...spec, 'domain', 'devices', 'disks'], (text) => [{ name: 'a', disk: { bus: text } }]],
    ['disk cache', [...spec, 'domain', 'devices', 'disks'], (text) => [{ name: 'a', cache: text, disk: {} }]],
    ['interface name', [...spec, 'domain', 'devices', 'interfaces'], (text) => [{ name: text, masquerade: {} }]],
    [
      'MAC',
      [...spec, 'domain', 'devices', 'interfaces'],
      (text) => [{ name: 'default', masquerade: {}, macAddress: text }],
    ],
    [
      'model',
      [...spec, 'domain', 'devices', 'interfaces'],
      (text) => [{ name: 'default', masquerade: {}, model: text }],
    ],
    ['machine type', [...spec, 'domain', 'machine'], (text) => ({ type: text })],
    ['firmware uuid', [...spec, 'domain', 'firmware'], (text) => ({ uuid: text })],
    ['kernel image', [...spec, 'domain', 'firmware'], (text) => ({ kernelBoot: { container: { image: text } } })],
    [
      'kernel path',
      [...spec, 'domain', 'firmware'],
      (text) => ({ kernelBoot: { container: { image: builtInGuest.image, kernelPath: text } } }),
    ],
    ['hostname', [...spec, 'hostname'], (text) => text],
    ['architecture', [...spec, 'architecture'], (text) => text],
    ['network', [...spec, 'networks'], (text) => [{ name: 'default', pod: { vmNetworkCIDR: text } }]],
    ['memory', [...spec, 'domain', 'memory'], (text) => ({ guest: text })],
    ['run strategy', ['spec', 'runStrategy'], (text) => text],
    ['volume name', [...spec, 'volumes'], (text) => [{ name: text, emptyDisk: { capacity: '1Mi' } }]],
    ['capacity', [...spec, 'volumes'], (text) => [{ name: 'a', emptyDisk: { capacity: text } }]],
    ['hostDisk', [...spec, 'volumes'], (text) => [{ name: 'a', hostDisk: { path: text, type: 'Disk' } }]],
    [
      'hostDisk below',
      [...spec, 'volumes'],
      (text) => [{ name: 'a', hostDisk: { path: `/srv/berth-test-disks/../${text}`, type: 'Disk' } }],
    ],
  ]

  it.each(fields)('%s', async (what, path, value) => {
    for (const text of hostileTexts) {
      const answer = await post(machines, machineWith(path, value(text)))
      expectRefusal(answer, [400, 404, 422], `${what} = ${JSON.stringify(text.slice(0, 40))}`)
    }
  })

  it('texts that a guest may have as they are: accepted or refused, never harmful', async () => {
    const free: [string, (string | number)[], (text: string) => unknown][] = [
      ['kernelArgs', [...spec, 'domain', 'firmware', 'kernelBoot', 'kernelArgs'], (text) => text],
      ['firmware serial', [...spec, 'domain', 'firmware', 'serial'], (text) => text],
      ['cpu model', [...spec, 'domain', 'cpu'], (text) => ({ model: text })],
      ['disk serial', [...spec, 'domain', 'devices', 'disks'], (text) => [{ name: 'a', serial: text, disk: {} }]],
    ]
    for (const [what, path, value] of free) {
      for (const text of hostileTexts) {
        const { code, text: body } = await post(`${machines}?dryRun=All`, machineWith(path, value(text)))
        expect([201, 400, 422], `${what} ${JSON.stringify(text)}: ${body.slice(0, 200)}`).toContain(code)
      }
    }
  })

  it('keys of config maps and names of claims', async () => {
    for (const text of hostileTexts) {
      if (!/^[-._a-zA-Z0-9]{1,253}$/.test(text) || text === '..')
        expectRefusal(
          await post('/api/v1/namespaces/default/configmaps', { metadata: { name: 'x' }, data: { [text]: '1' } }),
          [400, 422],
          `key ${JSON.stringify(text.slice(0, 40))}`,
        )
      expectRefusal(
        await post('/api/v1/namespaces/default/persistentvolumeclaims', {
          metadata: { name: text },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
        }),
        [400, 422],
        `claim ${JSON.stringify(text.slice(0, 40))}`,
      )
    }
  })

  it('paths', async () => {
    const { raw } = engine()
    const paths = [
      '/api/v1/namespaces/default/secrets/..%2f..%2f..%2fetc%2fpasswd',
      '/api/v1/namespaces/..%2f/secrets',
      '/api/v1/namespaces/default/../../../etc/passwd',
      '/../../etc/passwd',
      '//api/v1/namespaces',
      `${machines}/%00`,
      `${machines}/%zz`,
      `${machines}/a%2fb/start`,
      `${machines}/${'x'.repeat(10_000)}`,
      '/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachines/x/start/more',
      '/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/x/portforward/..%2f22',
    ]
    for (const path of paths)
      expect((await raw({ path })).code, path.slice(0, 100)).toSatisfy((code: number) => code >= 400 && code < 500)
  })

  it('queries', async () => {
    const { raw } = engine()
    const queries = [
      'labelSelector=a%3D%3D%3Db',
      `labelSelector=${encodeURIComponent('a in (')}`,
      'fieldSelector=nonsense',
      'fieldSelector=spec.x%3Dy',
      'limit=many',
      'continue=nonsense',
      'resourceVersion=abc',
      'watch=true&resourceVersion=abc',
      'resourceVersion=99999999999999999999',
      'timeoutSeconds=x&watch=true',
    ]
    for (const query of queries) expectRefusal(await raw({ path: `${machines}?${query}` }), [400, 410], query)
    expectRefusal(await post(`${machines}?fieldValidation=Maybe`, guestMachine('x')), [400, 422], 'fieldValidation')
    expectRefusal(await post(`${machines}?dryRun=Some`, guestMachine('x')), [400, 422], 'dryRun')
  })
})

describe('fields', () => {
  it.each([
    ['name servers', [...spec, 'dnsConfig'], { nameservers: ['192.0.2.1'] }, /name servers/],
    ['a scheduler', [...spec, 'schedulerName'], 'mine', /schedul/],
    ['the host of a probe', [...spec, 'readinessProbe'], { tcpSocket: { host: '192.0.2.1', port: 1 } }, /guest|host/],
    ['bridge', [...spec, 'domain', 'devices', 'interfaces'], [{ name: 'default', bridge: {} }], /masquerade/],
    [
      'hostDisk outside',
      [...spec, 'volumes'],
      [{ name: 'a', hostDisk: { path: '/etc/passwd', type: 'Disk' } }],
      /hostDisk|\/srv/,
    ],
  ])('%s is refused with its path and the reason', async (what, path, value, wanted) => {
    const answer = await post(machines, machineWith(path, value))
    expectRefusal(answer, [422], what)
    expect(answer.text).toMatch(wanted)
    const { details } = JSON.parse(answer.text) as { details: { causes: { field: string }[] } }
    expect(details.causes.map(({ field }) => field).join(' ')).toContain(path.slice(1).join('.'))
  })

  it('unknown ones: Strict refuses, Warn tells, Ignore drops', async () => {
    const wrong = machineWith([...spec, 'domain', 'colour'], 'red')
    const strict = await post(`${machines}?fieldValidation=Strict`, wrong)
    expectRefusal(strict, [400], 'Strict')
    expect(strict.text).toContain('unknown field \\"spec.template.spec.domain.colour\\"')
    const warn = await post(`${machines}?fieldValidation=Warn&dryRun=All`, wrong)
    expect(warn.code).toBe(201)
    expect(String(warn.headers['warning'])).toContain('spec.template.spec.domain.colour')
    const ignore = await post(`${machines}?fieldValidation=Ignore`, wrong)
    expect(ignore.code).toBe(201)
    expect(ignore.headers['warning']).toBeUndefined()
    expect(ignore.text).not.toContain('colour')
  })

  it('numbers and sizes out of range', async () => {
    const cases: [(string | number)[], unknown][] = [
      [[...spec, 'domain', 'memory'], { guest: '-1Gi' }],
      [[...spec, 'domain', 'memory'], { guest: '0' }],
      [[...spec, 'domain', 'cpu'], { cores: -1 }],
      [[...spec, 'domain', 'cpu'], { cores: 4_294_967_295, sockets: 4_294_967_295 }],
      [[...spec, 'domain', 'cpu'], { cores: 1.5 }],
      [[...spec, 'domain', 'cpu'], { cores: '2' }],
      [[...spec, 'terminationGracePeriodSeconds'], -5],
      [[...spec, 'volumes'], [{ name: 'a', emptyDisk: { capacity: '-1' } }]],
    ]
    for (const [path, value] of cases)
      expectRefusal(await post(machines, machineWith(path, value)), [400, 422], JSON.stringify(value))
  })

  it('subresources', async () => {
    const put = (path: string, body: string) =>
      engine().raw({ method: 'PUT', path: `/apis/subresources.kubevirt.io/v1/namespaces/default/${path}`, body })
    await post(machines, guestMachine('victim', { runStrategy: 'Halted' }))
    expectRefusal(await put('virtualmachines/victim/start', '{"paused":'), [400], 'cut JSON')
    expectRefusal(await put('virtualmachines/victim/start', '[1]'), [400], 'a list')
    expectRefusal(await put('virtualmachines/victim/start', '{"fast":true}'), [400], 'unknown field')
    expectRefusal(await put('virtualmachines/victim/stop', '{"gracePeriod":"soon"}'), [400], 'a text')
    expectRefusal(await put('virtualmachines/victim/explode', '{}'), [404, 405], 'unknown')
    expectRefusal(await put('virtualmachines/nobody/start', '{}'), [404], 'nobody')
    expectRefusal(
      await post('/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances', {
        ...guestInstance('x'),
        spec: {},
      }),
      [400, 422],
      'empty',
    )
  })
})

describe('objects with random changes', () => {
  const machine = guestMachine('fuzzed', {
    runStrategy: 'Halted',
    spec: (spec) => {
      spec.domain.cpu = { cores: 1, model: 'qemu64' }
      spec.domain.devices.disks = [{ name: 'a', serial: 's', disk: { bus: 'virtio' } }]
      spec.volumes = [{ name: 'a', emptyDisk: { capacity: '1Mi' } }]
      spec.hostname = 'fuzzed'
    },
  })
  const storage = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'fuzzed' }, spec: storage }
  const dataVolume = {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name: 'fuzzed' },
    spec: { source: { http: { url: 'http://127.0.0.1:1/disk', checksum: `sha256:${'0'.repeat(64)}` } }, storage },
  }
  const instance = { ...guestInstance('fuzzed'), spec: machine.spec.template.spec }
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'fuzzed' },
    spec: { selector: { app: 'x' }, ports: [{ name: 'ssh', port: 22, targetPort: 22 }] },
  }
  const core = '/api/v1/namespaces/default'
  const kinds: [string, string, object, number][] = [
    ['a machine', machines, machine, 300],
    ['an instance', `/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances?dryRun=All`, instance, 150],
    ['a DataVolume', '/apis/cdi.kubevirt.io/v1beta1/namespaces/default/datavolumes?dryRun=All', dataVolume, 100],
    ['a claim', `${core}/persistentvolumeclaims?dryRun=All`, claim, 100],
    ['a service', `${core}/services?dryRun=All`, service, 100],
  ]
  const anything = oneof(
    constantFrom(...hostileTexts, '', '1Gi', -1, 0, 1.5, 2 ** 53, 1e300, null, true, [], {}, [[]], [null]),
    jsonValue({ maxDepth: 3 }),
  )

  /** Replaces, removes or adds one thing somewhere in the object. */
  function mutate(value: unknown, seeds: readonly number[], replacement: unknown, action: string): unknown {
    if (typeof value !== 'object' || value === null || seeds.length === 0) return replacement
    const [seed = 0, ...rest] = seeds
    const keys = Object.keys(value)
    const key = keys[seed % Math.max(keys.length, 1)]
    const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Json
    if (key === undefined || action === 'add') {
      if (Array.isArray(copy)) copy.push(replacement)
      else copy[`x${seed}`] = replacement
    } else if (action === 'remove' && rest.length === 0) delete copy[key]
    else copy[key] = mutate(copy[key], rest, replacement, action)
    return copy
  }

  it.each(kinds)('%s: 2xx or 4xx, every time', async (_what, collection, valid, runs) => {
    const change = record({
      seeds: array(nat(50), { minLength: 1, maxLength: 9 }),
      replacement: anything,
      action: constantFrom('replace', 'replace', 'remove', 'add'),
    })
    await assert(
      asyncProperty(array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let manifest: unknown = valid
        for (const { seeds, replacement, action } of changes) manifest = mutate(manifest, seeds, replacement, action)
        const { code, text } = await post(collection, JSON.stringify(manifest) ?? 'null')
        expect(code, text.slice(0, 500)).toBeLessThan(500)
        expect(code).toBeGreaterThanOrEqual(200)
        if (code >= 300 || collection.includes('dryRun')) return
        const { name, namespace } = (JSON.parse(text) as { metadata: { name: string; namespace: string } }).metadata
        const path = `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines/${name}`
        expect((await engine().raw({ path })).code).toBe(200)
        expect((await engine().raw({ method: 'DELETE', path })).code).toBe(200)
      }),
      { numRuns: runs },
    )
  })
})
