// Looking at things with the real kubectl: get, describe, explain, api-resources, events.
import { eventually, guestMachine, kubectlPrograms, newestKubectl, uniqueName, useEngine } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'simulated' })
const newest = await newestKubectl()
const every = await kubectlPrograms()

/** A table as rows of cells; columns are two or more blanks apart. */
const rows = (table: string): string[][] =>
  table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/))

beforeAll(async () => {
  const { kubectl } = engine()
  await kubectl.with(guestMachine('anna', { labels: { team: 'red' } }), 'apply', '-f', '-')
  await kubectl.with(guestMachine('bert', { labels: { team: 'blue' }, runStrategy: 'Halted' }), 'create', '-f', '-')
  await kubectl('create', 'namespace', 'other')
  await kubectl.with(guestMachine('anna', { namespace: 'other', runStrategy: 'Halted' }), 'create', '-f', '-')
  await kubectl('wait', 'vm/anna', '--for=condition=Ready', '--timeout=60s')
  await eventually(
    async () => (await kubectl('get', 'vm', 'bert', '-o', 'jsonpath={.status.printableStatus}')) === 'Stopped',
  )
})

describe('kubectl get', () => {
  it('prints the columns people know from KubeVirt', async () => {
    const { kubectl } = engine()
    const [header, anna, bert] = rows(await kubectl('get', 'vm'))
    expect(header).toEqual(['NAME', 'AGE', 'STATUS', 'READY'])
    expect(anna).toEqual(['anna', expect.stringMatching(/^\d+[sm]/), 'Running', 'True'])
    expect(bert).toEqual(['bert', expect.stringMatching(/^\d+[sm]/), 'Stopped', 'False'])
    const [instanceHeader, instance] = rows(await kubectl('get', 'vmi'))
    expect(instanceHeader).toEqual(['NAME', 'AGE', 'PHASE', 'IP', 'NODENAME', 'READY'])
    expect(instance).toEqual(['anna', expect.anything(), 'Running', '10.0.2.2', 'node-1', 'True'])
  })

  it('-o wide adds columns', async () => {
    const { kubectl } = engine()
    expect(rows(await kubectl('get', 'vmi', '-o', 'wide'))[0]).toEqual([
      'NAME',
      'AGE',
      'PHASE',
      'IP',
      'NODENAME',
      'READY',
      'LIVE-MIGRATABLE',
      'PAUSED',
    ])
    const nodes = await kubectl('get', 'nodes', '-o', 'wide')
    expect(nodes).toContain('INTERNAL-IP')
    expect(nodes).toMatch(/node-1 +Ready/)
    expect(await kubectl('get', 'pods', '-o', 'wide')).toMatch(/virt-launcher-anna-\w+ +1\/1 +Running +0 .* node-1/)
  })

  it('prints objects as YAML and JSON', async () => {
    const { kubectl } = engine()
    const yaml = await kubectl('get', 'vm', 'anna', '-o', 'yaml')
    expect(yaml).toMatch(/^apiVersion: kubevirt\.io\/v1\nkind: VirtualMachine\n/m)
    expect(yaml).toContain('printableStatus: Running')
    expect(await kubectl.json('get', 'vm', 'anna')).toMatchObject({
      kind: 'VirtualMachine',
      metadata: { name: 'anna', namespace: 'default', labels: { team: 'red' } },
      spec: { runStrategy: 'Always' },
      status: { ready: true, created: true, printableStatus: 'Running' },
    })
    expect(await kubectl.json('get', 'vm')).toMatchObject({ kind: 'List', items: [{}, {}] })
  })

  it('prints parts: names, JSONPath, custom columns, templates', async () => {
    const { kubectl } = engine()
    expect(await kubectl('get', 'vm', '-o', 'name')).toBe(
      'virtualmachine.kubevirt.io/anna\nvirtualmachine.kubevirt.io/bert\n',
    )
    expect(await kubectl('get', 'vm', '-o', 'jsonpath={.items[*].status.printableStatus}')).toBe('Running Stopped')
    const columns = 'custom-columns=WHO:.metadata.name,WHAT:.spec.runStrategy'
    expect(rows(await kubectl('get', 'vm', '-o', columns))).toEqual([
      ['WHO', 'WHAT'],
      ['anna', 'Always'],
      ['bert', 'Halted'],
    ])
    expect(await kubectl('get', 'vm', 'bert', '-o', 'go-template={{.metadata.name}}')).toBe('bert')
  })

  it('sorts by a field', async () => {
    const { kubectl } = engine()
    const sorted = await kubectl('get', 'vm', '--sort-by=.metadata.labels.team', '-o', 'name')
    expect(sorted).toMatch(/bert\n.*anna\n/)
  })

  it('selects by label, field, namespace and several kinds at once', async () => {
    const { kubectl } = engine()
    const names = async (...args: string[]) => (await kubectl('get', ...args, '-o', 'name')).trim().split('\n')
    expect(await names('vm', '-l', 'team=red')).toEqual(['virtualmachine.kubevirt.io/anna'])
    expect(await names('vm', '-l', 'team in (red, blue), team!=red')).toEqual(['virtualmachine.kubevirt.io/bert'])
    expect(await names('vm', '--field-selector', 'metadata.name=bert')).toEqual(['virtualmachine.kubevirt.io/bert'])
    expect(await names('pods', '--field-selector', 'status.phase=Running')).toHaveLength(1)
    expect(await names('vm', '-n', 'other')).toEqual(['virtualmachine.kubevirt.io/anna'])
    expect(rows(await kubectl('get', 'vm', '-A')).map(([namespace, name]) => `${namespace}/${name}`)).toEqual([
      'NAMESPACE/NAME',
      'default/anna',
      'default/bert',
      'other/anna',
    ])
    expect(await names('vm/anna', 'ns/other')).toEqual(['virtualmachine.kubevirt.io/anna', 'namespace/other'])
    expect(await names('vm,vmi', 'anna')).toHaveLength(2)
    expect(await names('all')).toEqual(expect.arrayContaining(['virtualmachine.kubevirt.io/bert']))
    expect(await kubectl.fails('get', 'vm', '--field-selector', 'spec.runStrategy=Always')).toMatch(
      /field label not supported|field selector/i,
    )
  })

  it('reads long lists in chunks and misses nothing', async () => {
    const { kubectl } = engine()
    const wanted = Array.from({ length: 23 }, (_, index) => `chunk-${String(index).padStart(2, '0')}`)
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: wanted.map((name) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: 'other', labels: { set: 'chunks' } },
      })),
    }
    await kubectl.with(list, 'create', '-f', '-')
    const read = await kubectl('get', 'cm', '-n', 'other', '-l', 'set=chunks', '--chunk-size=4', '-o', 'name')
    expect(read.trim().split('\n')).toEqual(wanted.map((name) => `configmap/${name}`))
    const page = JSON.parse(
      await kubectl('get', '--raw', '/api/v1/namespaces/other/configmaps?labelSelector=set%3Dchunks&limit=4'),
    ) as { metadata: { continue?: string }; items: unknown[] }
    expect(page.items).toHaveLength(4)
    expect(page.metadata.continue).toBeTruthy()
  })

  it('-w prints changes as they happen', async () => {
    const { kubectl } = engine()
    const name = uniqueName('watched')
    const watch = kubectl.start('get', 'vm', '-w', '-l', `name=${name}`)
    try {
      await kubectl.with(guestMachine(name, { labels: { name } }), 'create', '-f', '-')
      await eventually(() => new RegExp(`${name} .* Running +True`).test(watch.stdout()), { what: 'Running' })
      await kubectl('delete', 'vm', name)
      expect(watch.stdout()).toMatch(/^NAME +AGE +STATUS +READY\n/)
      expect(watch.stdout().match(new RegExp(name, 'g'))?.length).toBeGreaterThan(2)
    } finally {
      await watch.stop()
    }
  })

  it('-w on one object, and --output-watch-events', async () => {
    const { kubectl } = engine()
    await kubectl('create', 'configmap', 'watched', '--from-literal=a=1')
    const watch = kubectl.start(
      'get',
      'cm',
      'watched',
      '-w',
      '--output-watch-events',
      '-o',
      'jsonpath={.type} {.object.data.a}{"\\n"}',
    )
    try {
      await eventually(() => watch.stdout().includes('ADDED 1'), { what: 'the first event' })
      await kubectl('patch', 'cm', 'watched', '--type=merge', '-p', '{"data":{"a":"2"}}')
      await kubectl('delete', 'cm', 'watched')
      await eventually(() => watch.stdout().includes('DELETED 2'), { what: 'the last event' })
      expect(watch.stdout().trim().split('\n')).toEqual(['ADDED 1', 'MODIFIED 2', 'DELETED 2'])
    } finally {
      await watch.stop()
    }
  })

  it('says what is missing', async () => {
    const { kubectl } = engine()
    expect(await kubectl.fails('get', 'vm', 'nobody')).toContain(
      'Error from server (NotFound): virtualmachines.kubevirt.io "nobody" not found',
    )
    expect(await kubectl.fails('get', 'unicorns')).toContain('the server doesn\'t have a resource type "unicorns"')
    expect((await kubectl.run(['get', 'vm', '-n', 'empty'])).stderr).toContain('No resources found')
    expect((await kubectl.run(['get', 'vm', 'nobody', '--ignore-not-found'])).code).toBe(0)
  })

  it('--raw gives any path', async () => {
    const { kubectl } = engine()
    expect(JSON.parse(await kubectl('get', '--raw', '/version'))).toMatchObject({ gitVersion: 'v1.33.0+berth' })
    expect(await kubectl('get', '--raw', '/readyz')).toContain('ok')
    expect(await kubectl('get', '--raw', '/metrics')).toContain('# TYPE ')
    expect(JSON.parse(await kubectl('get', '--raw', '/apis/subresources.kubevirt.io/v1/version'))).toMatchObject({
      gitVersion: expect.stringMatching(/^v1\.9\./),
    })
  })
})

describe('kubectl describe', () => {
  it('a machine, with its conditions and events', async () => {
    const { kubectl } = engine()
    const text = await kubectl('describe', 'vm', 'anna')
    expect(text).toMatch(/^Name: +anna\nNamespace: +default\nLabels: +team=red/)
    expect(text).toMatch(/Printable Status: +Running/)
    expect(text).toMatch(/Events:[^]*SuccessfulCreate/)
    const instance = await kubectl('describe', 'vmi', 'anna')
    expect(instance).toMatch(/Phase: +Running/)
    expect(instance).toMatch(/Events:[^]*Started/)
  })

  it('the launcher pod and the node', async () => {
    const { kubectl } = engine()
    const pod = await kubectl('describe', 'pod', '-l', 'vm.kubevirt.io/name=anna')
    expect(pod).toMatch(/Status: +Running/)
    expect(pod).toMatch(/Controlled By: +VirtualMachineInstance\/anna/)
    const node = await kubectl('describe', 'node', 'node-1')
    expect(node).toMatch(/Ready +True/)
    expect(node).toMatch(/Capacity:\n +cpu: +\d/)
    expect(node).toMatch(/virt-launcher-anna-/)
  })

  it('a claim and its storage class', async () => {
    const { kubectl } = engine()
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'disk' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Mi' } } },
    }
    await kubectl.with(claim, 'create', '-f', '-')
    await eventually(async () => (await kubectl('get', 'pvc', 'disk', '-o', 'jsonpath={.status.phase}')) === 'Bound', {
      what: 'the claim to be bound',
    })
    const text = await kubectl('describe', 'pvc', 'disk')
    expect(text).toMatch(/Status: +Bound/)
    expect(text).toMatch(/StorageClass: +local/)
    expect(text).toMatch(/Capacity: +10Mi/)
    expect(rows(await kubectl('get', 'pvc', 'disk'))[1]).toEqual(
      expect.arrayContaining(['disk', 'Bound', '10Mi', 'RWO', 'local']),
    )
    expect(await kubectl('get', 'storageclass')).toContain('local (default)')
  })
})

describe('kubectl explain', () => {
  it('fields of a machine', async () => {
    const { kubectl } = engine()
    const text = await kubectl('explain', 'vm.spec.template.spec.domain')
    expect(text).toMatch(/KIND: +VirtualMachine/)
    expect(text).toMatch(/devices\s+<.*>.*-?required-?/)
    expect(await kubectl('explain', 'vmi.spec.domain.cpu.cores')).toMatch(/cores.*<integer>/)
  })

  it('core kinds, and everything below with --recursive', async () => {
    const { kubectl } = engine()
    expect(await kubectl('explain', 'pods.spec')).toMatch(/nodeName\s+<string>/)
    const all = await kubectl('explain', 'vm', '--recursive')
    expect(all).toMatch(/bootOrder\s+<integer>/)
    expect(all.split('\n').length).toBeGreaterThan(500)
    expect(await kubectl.fails('explain', 'vm.spec.nothing')).toContain('field "nothing" does not exist')
  })
})

describe('what there is', () => {
  it('api-resources lists kinds with short names, verbs and categories', async () => {
    const { kubectl } = engine()
    const text = await kubectl('api-resources', '-o', 'wide')
    expect(text).toMatch(/virtualmachines +vm,vms +kubevirt\.io\/v1 +true +VirtualMachine .*create.*watch/)
    expect(text).toMatch(/datavolumes +dv,dvs +cdi\.kubevirt\.io\/v1beta1 +true +DataVolume/)
    const named = await kubectl('api-resources', '--namespaced=false', '-o', 'name')
    expect(named.split('\n')).toEqual(expect.arrayContaining(['namespaces', 'nodes', 'storageclasses.storage.k8s.io']))
    expect(await kubectl('api-resources', '--api-group=kubevirt.io', '--verbs=list', '-o', 'name')).toContain(
      'virtualmachineinstances.kubevirt.io',
    )
  })

  it('api-versions lists groups', async () => {
    const { kubectl } = engine()
    expect((await kubectl('api-versions')).split('\n')).toEqual(
      expect.arrayContaining([
        'v1',
        'apps/v1',
        'kubevirt.io/v1',
        'cdi.kubevirt.io/v1beta1',
        'subresources.kubevirt.io/v1',
      ]),
    )
  })

  it('events tell a life', async () => {
    const { kubectl } = engine()
    const reasons = await kubectl(
      'get',
      'events',
      '--field-selector',
      'involvedObject.name=anna',
      '-o',
      'jsonpath={.items[*].reason}',
    )
    expect(reasons.split(' ')).toEqual(expect.arrayContaining(['SuccessfulCreate', 'Created', 'Started']))
    expect(await kubectl('get', 'events')).toMatch(/Normal +Started +virtualmachineinstance\/anna/)
  })

  it.runIf(newest.minor >= 26)('kubectl events (1.26 and newer)', async () => {
    expect(await engine().kubectl('events', '--for', 'vmi/anna')).toMatch(/Started +VirtualMachineInstance\/anna/)
  })

  it('top is not there, and kubectl says so', async () => {
    const { kubectl } = engine()
    expect(await kubectl.fails('top', 'node')).toContain('Metrics API not available')
    expect(await kubectl.fails('top', 'pod')).toContain('Metrics API not available')
  })
})

describe.each(every)('kubectl $version', (program) => {
  it('works: apply, get, describe, explain, patch, delete', async () => {
    const kubectl = engine().kubectl.as({ program })
    const name = uniqueName('smoke')
    const manifest = guestMachine(name, { runStrategy: 'Halted' })
    expect(await kubectl.with(manifest, 'apply', '-f', '-')).toBe(`virtualmachine.kubevirt.io/${name} created\n`)
    expect(await kubectl.with(manifest, 'apply', '-f', '-')).toBe(`virtualmachine.kubevirt.io/${name} unchanged\n`)
    expect(await kubectl('patch', 'vm', name, '--type=merge', '-p', '{"spec":{"runStrategy":"Always"}}')).toContain(
      'patched',
    )
    await kubectl('wait', `vm/${name}`, '--for=condition=Ready', '--timeout=60s')
    expect(rows(await kubectl('get', 'vm', name))[1]).toEqual([name, expect.anything(), 'Running', 'True'])
    expect(await kubectl('describe', 'vm', name)).toContain('SuccessfulCreate')
    expect(await kubectl('explain', 'vm.spec.runStrategy')).toContain('runStrategy')
    expect(await kubectl('create', 'configmap', name, '--from-literal=a=b')).toContain('created')
    expect(await kubectl('auth', 'can-i', 'delete', 'vm')).toBe('yes\n')
    expect(await kubectl('delete', 'vm,cm', name)).toContain('deleted')
    expect(await kubectl('get', 'vm', name, '--ignore-not-found')).toBe('')
  })
})
