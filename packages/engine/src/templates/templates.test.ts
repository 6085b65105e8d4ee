import {
  commonTemplates,
  dataVolumes,
  templateNamespace,
  templateRequests,
  templates,
  virtualMachines,
  virtualMachineSnapshots,
  type ProcessedTemplate,
  type VirtualMachine,
  type VirtualMachineTemplate,
} from '@berth/api'
import { configMaps, createClient, createLocalTransport, namespaces, secrets, type Client } from '@berth/kube'
import { getCondition, StatusError, type Json } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rbac, roleBindings } from '../bootstrap/rbac-kinds.ts'
import { machineOf } from '../testing/manifests.ts'
import { temporaryFolder, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { rm } from 'node:fs/promises'
import { catalogueBook } from './catalogue.ts'

const namespace = 'default'

let engine: TestEngine
/** May edit in `default` and nothing elsewhere. */
let alice: Client
/** May look in `default`. */
let viewer: Client
beforeAll(async () => {
  engine = await TestEngine.start()
  await engine.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'theirs' } })
  alice = await person('alice', 'edit')
  viewer = await person('viewer', 'view')
})
afterAll(async () => {
  await alice.transport.close()
  await viewer.transport.close()
  await engine[Symbol.asyncDispose]()
})

async function person(name: string, role: string): Promise<Client> {
  await engine.client.create(roleBindings, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    subjects: [{ kind: 'User', name, apiGroup: rbac }],
    roleRef: { kind: 'ClusterRole', name: role, apiGroup: rbac },
  })
  const user = { name, groups: ['system:authenticated'] }
  return createClient(createLocalTransport({ handle: engine.engine.api.handler, user }))
}

function templateOf(name: string, spec: Partial<VirtualMachineTemplate['spec']> = {}): VirtualMachineTemplate {
  return {
    apiVersion: 'template.kubevirt.io/v1beta1',
    kind: 'VirtualMachineTemplate',
    metadata: { name, namespace },
    spec: {
      parameters: [
        { name: 'NAME', required: true, generate: 'expression', from: 'vm-[a-z]{4}' },
        { name: 'CORES', value: '2' },
      ],
      message: 'hello ${NAME}',
      virtualMachine: {
        metadata: { name: '${NAME}', namespace: 'elsewhere' },
        spec: {
          runStrategy: 'Halted',
          template: { spec: { domain: { cpu: { cores: '${{CORES}}' }, memory: { guest: '64Mi' }, devices: {} } } },
        },
      },
      ...spec,
    },
  }
}

async function use(
  client: Client,
  name: string,
  { action = 'process', body, at = namespace }: { action?: 'process' | 'create'; body?: Json; at?: string } = {},
): Promise<ProcessedTemplate> {
  const path = `/apis/subresources.template.kubevirt.io/v1beta1/namespaces/${at}/virtualmachinetemplates/${name}/${action}`
  const answer = await client.raw({ method: 'POST', path, ...(body === undefined ? {} : { body }) })
  return answer as unknown as ProcessedTemplate
}

function statusOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'accepted',
    (error: unknown) => {
      if (!(error instanceof StatusError)) throw error
      return `${error.status.code} ${error.message}`
    },
  )
}

describe('a template', () => {
  beforeAll(async () => {
    await engine.client.create(templates, templateOf('small'))
  })

  it('is ready to be processed', async () => {
    const ready = await until(
      'template is ready',
      () => engine.find(templates, 'small'),
      (template) => getCondition(template?.status?.conditions, 'Ready')?.status === 'True',
    )
    expect(getCondition(ready.status?.conditions, 'Ready')).toMatchObject({
      reason: 'Reconciled',
      message: 'VirtualMachineTemplate is ready to be processed',
      observedGeneration: 1,
    })
  })

  it('is processed to a machine, by who may only look as well', async () => {
    const answer = await use(viewer, 'small', { body: { parameters: { NAME: 'web', CORES: '4' } } })
    expect(answer).toMatchObject({
      kind: 'ProcessedVirtualMachineTemplate',
      apiVersion: 'subresources.template.kubevirt.io/v1beta1',
      templateRef: { namespace, name: 'small' },
      message: 'hello web',
      virtualMachine: {
        apiVersion: 'kubevirt.io/v1',
        metadata: { name: 'web' },
        spec: { template: { spec: { domain: { cpu: { cores: 4 } } } } },
      },
    })
    expect(await engine.machine('web')).toBeUndefined()
  })

  it('takes an empty body, and makes up what has no value', async () => {
    const { virtualMachine } = await use(viewer, 'small')
    expect(virtualMachine).toMatchObject({ metadata: { name: expect.stringMatching(/^vm-[a-z]{4}$/) } })
  })

  it('makes the machine with the rights of who asks', async () => {
    const body = { parameters: { NAME: 'made' } }
    expect(await statusOf(use(viewer, 'small', { action: 'create', body }))).toMatch(/^403 /)
    const answer = await use(alice, 'small', { action: 'create', body })
    expect(answer.virtualMachine).toMatchObject({ metadata: { name: 'made', namespace } })
    expect((await engine.machine('made'))?.spec.template.spec.domain.cpu).toMatchObject({ cores: 2 })
    expect(await statusOf(use(alice, 'small', { action: 'create', body }))).toMatch(/^409 .*already exists/)
  })

  it.each<[string, Json, string]>([
    [
      'a parameter it has not',
      { parameters: { X: '1' } },
      '409 Operation cannot be fulfilled on VirtualMachineTemplate.template.kubevirt.io "small": parameter X not found in template',
    ],
    [
      'a value of the wrong type',
      { parameters: { CORES: 'many' } },
      '422 VirtualMachineTemplate.template.kubevirt.io "small" is invalid: spec.virtualMachine: Invalid value',
    ],
    ['parameters that are no texts', { parameters: { CORES: 4 } }, '400 error parsing ProcessOptions'],
    ['no object', [1], '400 error parsing ProcessOptions'],
  ])('is not processed with %s', async (_what, body, words) => {
    expect(await statusOf(use(viewer, 'small', { body }))).toContain(words)
  })

  it('is refused when it could not be processed, in the words of its webhook', async () => {
    const undefinedName = templateOf('bad', { message: '${MISSING}' })
    expect(await statusOf(alice.create(templates, undefinedName))).toBe(
      '403 admission webhook "vvirtualmachinetemplate-v1beta1.kb.io" denied the request: spec.virtualMachine: Invalid value: "MISSING": references undefined parameter MISSING',
    )
    const unknownField = templateOf('bad', { parameters: [], message: '', virtualMachine: { spec: { bogus: 1 } } })
    expect(await statusOf(alice.create(templates, unknownField))).toContain('unknown field "spec.bogus"')
  })

  it('is served in the older version as well', async () => {
    const path = `/apis/template.kubevirt.io/v1alpha1/namespaces/${namespace}/virtualmachinetemplates/small`
    expect(await engine.client.raw({ method: 'GET', path })).toMatchObject({ spec: { message: 'hello ${NAME}' } })
  })

  it('cannot be had by who may see nothing of its namespace', async () => {
    const other = await engine.client.create(templates, {
      ...templateOf('hidden'),
      metadata: { name: 'hidden', namespace: 'theirs' },
    })
    expect(other.metadata.namespace).toBe('theirs')
    expect(await statusOf(use(alice, 'hidden', { at: 'theirs' }))).toMatch(/^403 /)
  })
})

describe('the catalogue', () => {
  it('can be seen and processed by everybody, and every machine in it is one', async () => {
    for (const { metadata } of commonTemplates('amd64')) {
      const name = metadata.name ?? ''
      const answer = await use(alice, name, { at: templateNamespace })
      const machine = answer.virtualMachine as unknown as VirtualMachine
      machine.metadata.namespace = namespace
      const made = await alice.create(virtualMachines, machine, { dryRun: true, fieldValidation: 'Strict' })
      expect(made.metadata.name).toMatch(/^[a-z]+-[a-z0-9]{5}$/)
    }
    expect(
      await statusOf(
        alice.create(templates, { ...templateOf('x'), metadata: { name: 'x', namespace: templateNamespace } }),
      ),
    ).toMatch(/^403 /)
  })

  it('stores no value for a password', () => {
    const parameters = commonTemplates('amd64').flatMap(({ spec }) => spec.parameters ?? [])
    expect(parameters.filter(({ name }) => name === 'PASSWORD').length).toBeGreaterThan(5)
    for (const { name, value } of parameters) if (name === 'PASSWORD') expect(value).toBeUndefined()
  })

  it('says which image is missing on this host', async () => {
    const template = await until(
      'debian-12-local is looked at',
      () => engine.find(templates, 'debian-12-local', templateNamespace),
      (found) => found?.status?.conditions !== undefined,
    )
    expect(getCondition(template.status?.conditions, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ImageMissing',
      message: expect.stringContaining('berth image build debian-12'),
    })
  })
})

it('leaves what an administrator did to the catalogue, over a restart', async () => {
  const dataDir = await temporaryFolder()
  const target = (name: string) => ({ namespace: templateNamespace, name })
  try {
    {
      await using first = await TestEngine.start({ dataDir })
      await first.client.delete(templates, target('fedora'))
      const tiny = await first.client.get(templates, target('tiny-guest'))
      await first.client.update(templates, { ...tiny, spec: { ...tiny.spec, message: 'ours' } })
      const book = await first.client.get(configMaps, target(catalogueBook))
      const installed = (book.data?.['installed'] ?? '').split('\n').filter((name) => name !== 'rocky-9')
      await first.client.update(configMaps, { ...book, data: { ...book.data, installed: installed.join('\n') } })
      await first.client.delete(templates, target('rocky-9'))
    }
    await using second = await TestEngine.start({ dataDir })
    expect(await second.find(templates, 'fedora', templateNamespace)).toBeUndefined()
    expect((await second.find(templates, 'tiny-guest', templateNamespace))?.spec.message).toBe('ours')
    // Taken out of the book, it came back.
    expect(await second.find(templates, 'rocky-9', templateNamespace)).toBeDefined()
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})

describe('a template request', () => {
  const requestOf = (name: string, machine: string, from = namespace) => ({
    apiVersion: 'template.kubevirt.io/v1beta1',
    kind: 'VirtualMachineTemplateRequest',
    metadata: { name, namespace },
    spec: { virtualMachineRef: { namespace: from, name: machine }, templateLabels: { team: 'blue' } },
  })
  const settled = (name: string) =>
    until(
      `request ${name} is settled`,
      () => engine.find(templateRequests, name),
      (request) => getCondition(request?.status?.conditions, 'Progressing')?.status === 'False',
    )

  it('makes a template whose readers see no user data', async () => {
    const source = machineOf('source', {
      runStrategy: 'Halted',
      spec: {
        domain: {
          memory: { guest: '64Mi' },
          firmware: { uuid: '5d307ca9-b3ef-428c-8861-06e72d69f223' },
          devices: { interfaces: [{ name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:01' }] },
        },
        networks: [{ name: 'default', pod: {} }],
        volumes: [{ name: 'seed', cloudInitNoCloud: { userData: '#cloud-config\npassword: hunter2\n' } }],
      },
    })
    await engine.create(source)
    await alice.create(templateRequests, requestOf('copy', 'source'))
    const request = await settled('copy')
    expect(request.status?.templateRef).toEqual({ name: 'copy' })
    const template = await engine.client.get(templates, { namespace, name: 'copy' })
    expect(JSON.stringify(template)).not.toContain('hunter2')
    expect(JSON.stringify(template)).not.toContain('02:00:00:00:00:01')
    expect(JSON.stringify(template)).not.toContain('5d307ca9')
    expect(template.metadata.labels).toMatchObject({ team: 'blue' })
    const { virtualMachine } = await use(alice, 'copy', { body: { parameters: { NAME: 'again' } } })
    const machine = virtualMachine as unknown as VirtualMachine
    const secretName = machine.spec.template.spec.volumes?.[0]?.cloudInitNoCloud?.secretRef?.name ?? ''
    const secret = await engine.client.get(secrets, { namespace, name: secretName })
    expect(Buffer.from(secret.data?.['userdata'] ?? '', 'base64').toString()).toContain('hunter2')
    // It goes with the template, not with the request.
    expect(secret.metadata.ownerReferences).toMatchObject([{ kind: 'VirtualMachineTemplate', name: 'copy' }])
    machine.metadata.namespace = namespace
    expect((await alice.create(virtualMachines, machine)).metadata.name).toBe('again')
  })

  it('copies the disks of a machine that runs, and leaves no snapshot of it', async () => {
    const disk = {
      metadata: { name: 'disk' },
      spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '1Mi' } } } },
    }
    await engine.create(
      machineOf('diskful', {
        spec: { volumes: [{ name: 'root', dataVolume: { name: 'disk' } }] },
        dataVolumeTemplates: [disk],
      }),
    )
    await engine.running('diskful')
    await alice.create(templateRequests, requestOf('diskful-template', 'diskful'))
    const { status } = await settled('diskful-template')
    expect(status?.templateRef).toEqual({ name: 'diskful-template' })
    expect((await engine.running('diskful')).status?.phase).toBe('Running')
    await until(
      'no snapshot is left',
      () => engine.client.list(virtualMachineSnapshots, { namespace }),
      ({ items }) => items.length === 0,
    )
    const { virtualMachine } = await use(alice, 'diskful-template', { body: { parameters: { NAME: 'second' } } })
    const machine = virtualMachine as unknown as VirtualMachine
    machine.metadata.namespace = namespace
    await alice.create(virtualMachines, machine)
    const copy = await until(
      'the disk of the second machine is filled',
      () => engine.find(dataVolumes, 'disk-second'),
      (volume) => volume?.status?.phase === 'Succeeded',
    )
    expect(copy.spec.source?.pvc?.namespace).toBe(namespace)
  })

  it('fails for a machine that is not there', async () => {
    await alice.create(templateRequests, requestOf('nobody', 'missing'))
    const { status } = await settled('nobody')
    expect(getCondition(status?.conditions, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'Failed',
      message: `VirtualMachine ${namespace}/missing does not exist`,
    })
  })

  it('is refused for a machine that the person may not use', async () => {
    expect(await statusOf(alice.create(templateRequests, requestOf('spy', 'x', 'theirs')))).toContain(
      'User is not allowed to use VirtualMachine theirs/x as a source for VirtualMachineTemplateRequests',
    )
    expect(await statusOf(viewer.create(templateRequests, requestOf('spy', 'source')))).toMatch(/^403 /)
  })

  it('stays what it was when the right to it was looked at, and takes no reserved labels', async () => {
    await engine.create(machineOf('running'))
    const made = await alice.create(templateRequests, requestOf('turncoat', 'running'))
    for (const virtualMachineRef of [
      { namespace: 'theirs', name: 'x' },
      { namespace, name: 'source' },
    ]) {
      const patch = { spec: { virtualMachineRef } }
      const turned = alice.patch(templateRequests, { namespace, name: 'turncoat' }, { type: 'merge', patch })
      expect(await statusOf(turned)).toMatch(/^422 .*spec: Invalid value: "object": spec is immutable/)
    }
    const labelled = await alice.patch(
      templateRequests,
      { namespace, name: 'turncoat' },
      { type: 'merge', patch: { metadata: { labels: { seen: 'yes' } } } },
    )
    expect(labelled.metadata.labels).toEqual({ seen: 'yes' })
    const reserved = requestOf('reserved', 'running')
    const labels = { 'template.kubevirt.io/RequestUID': made.metadata.uid ?? '' }
    const asked = alice.create(templateRequests, { ...reserved, spec: { ...reserved.spec, templateLabels: labels } })
    expect(await statusOf(asked)).toMatch(/^422 .*reserved for system use/)
  })

  it('takes no claim of a namespace the person may not copy from', async () => {
    const volume = {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: { name: 'stolen', namespace },
      spec: { source: { pvc: { namespace: 'theirs', name: 'disk' } }, storage: {} },
    }
    const refusal = '403 User alice has insufficient permissions in clone source namespace theirs'
    expect(await statusOf(alice.create(dataVolumes, volume))).toBe(refusal)
    const machine = machineOf('thief', {
      spec: { volumes: [{ name: 'root', dataVolume: { name: 'stolen' } }] },
      dataVolumeTemplates: [{ metadata: { name: 'stolen' }, spec: volume.spec }],
    })
    expect(await statusOf(alice.create(virtualMachines, machine))).toBe(refusal)
  })
})
