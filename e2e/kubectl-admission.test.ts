// Who may say no to a write: policies in CEL and webhooks, made and met with the real kubectl.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPki, type Pki } from '@berth/apiserver'
import { guestMachine, uniqueName, useEngine } from '@berth/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'simulated' })
const group = 'admissionregistration.k8s.io'

const machines = (operations: string[]) => ({
  resourceRules: [{ apiGroups: ['kubevirt.io'], apiVersions: ['*'], operations, resources: ['virtualmachines'] }],
})

function machine(labels: Record<string, string> = {}) {
  const name = uniqueName('vm')
  return { name, manifest: guestMachine(name, { runStrategy: 'Halted', labels }) }
}

/** Applies the objects; what it gives takes them away again. */
async function apply(...objects: { kind: string; metadata: { name: string } }[]): Promise<() => Promise<void>> {
  const { kubectl } = engine()
  for (const object of objects) await kubectl.with(object, 'apply', '-f', '-')
  return async () => {
    for (const { kind, metadata } of objects.toReversed()) await kubectl('delete', `${kind}.${group}`, metadata.name)
  }
}

function policy(kind: string, version: string, name: string, spec: object) {
  return { apiVersion: `${group}/${version}`, kind, metadata: { name }, spec }
}

describe('policies', () => {
  it('refuse what they do not allow, with their message, and show in lists', async () => {
    const { kubectl } = engine()
    const name = uniqueName('policy')
    const undo = await apply(
      policy('ValidatingAdmissionPolicy', 'v1', name, {
        matchConstraints: machines(['CREATE', 'UPDATE']),
        validations: [
          {
            expression: "has(object.metadata.labels) && 'owner' in object.metadata.labels",
            message: 'every machine needs the label owner',
          },
        ],
      }),
      policy('ValidatingAdmissionPolicyBinding', 'v1', name, { policyName: name, validationActions: ['Deny'] }),
    )
    const plain = machine()
    await expect(kubectl.with(plain.manifest, 'create', '-f', '-')).rejects.toThrow(
      `ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: every machine needs the label owner`,
    )
    const owned = machine({ owner: 'me' })
    await kubectl.with(owned.manifest, 'create', '-f', '-')
    await expect(kubectl('label', 'vm', owned.name, 'owner-')).rejects.toThrow('needs the label owner')
    const listed = await kubectl('get', 'validatingadmissionpolicies', name)
    expect(listed).toMatch(/^NAME +VALIDATIONS +PARAMKIND +AGE\n\S+ +1 +<unset> +\S+\n$/)
    await undo()
    await kubectl('label', 'vm', owned.name, 'owner-')
  })

  it('change what is written', async () => {
    const { kubectl } = engine()
    const name = uniqueName('policy')
    const expression =
      'Object{metadata: Object.metadata{labels: {"stamped": "by-" + request.userInfo.username.split(":")[0]}}}'
    const undo = await apply(
      policy('MutatingAdmissionPolicy', 'v1beta1', name, {
        matchConstraints: machines(['CREATE']),
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      }),
      policy('MutatingAdmissionPolicyBinding', 'v1beta1', name, { policyName: name }),
    )
    const stamped = machine()
    await kubectl.with(stamped.manifest, 'create', '-f', '-')
    expect(await kubectl('get', 'vm', stamped.name, '-o', 'jsonpath={.metadata.labels.stamped}')).toMatch(/^by-/)
    await undo()
  })

  it('that do not compile are refused', async () => {
    const broken = policy('ValidatingAdmissionPolicy', 'v1', uniqueName('policy'), {
      matchConstraints: machines(['CREATE']),
      validations: [{ expression: 'object.' }],
    })
    await expect(engine().kubectl.with(broken, 'create', '-f', '-')).rejects.toThrow(
      'spec.validations[0].expression: Invalid value: "object.": compilation failed',
    )
  })
})

describe('webhooks', () => {
  let directory = ''
  let pki: Pki
  let server: Server
  let port = 0

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-webhook-'))
    pki = await openPki({ directory, clock: { now: () => new Date() } })
    server = createServer({ key: pki.server.key, cert: pki.server.certificate }, (request, answer) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { apiVersion, kind, request: asked } = JSON.parse(Buffer.concat(chunks).toString())
        const allowed = asked.object?.metadata?.labels?.['colour'] !== 'red'
        const status = { message: 'red machines are not wanted', code: 403 }
        const response = { uid: asked.uid, allowed, warnings: ['somebody looked'], ...(allowed ? {} : { status }) }
        answer.setHeader('content-type', 'application/json')
        answer.end(JSON.stringify({ apiVersion, kind, response }))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A server that listens on TCP has an address with a port.
    port = (server.address() as AddressInfo).port
  })

  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await rm(directory, { recursive: true })
  })

  const configuration = (name: string, more: object) => ({
    apiVersion: `${group}/v1`,
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: 'colours.berth.example',
        clientConfig: {
          url: `https://127.0.0.1:${port}/`,
          caBundle: Buffer.from(pki.caCertificate).toString('base64'),
        },
        rules: machines(['CREATE']).resourceRules,
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 5,
        ...more,
      },
    ],
  })

  it('deny and warn', async () => {
    const { kubectl } = engine()
    const undo = await apply(configuration(uniqueName('hook'), {}))
    const red = machine({ colour: 'red' })
    await expect(kubectl.with(red.manifest, 'create', '-f', '-')).rejects.toThrow(
      'admission webhook "colours.berth.example" denied the request: red machines are not wanted',
    )
    await kubectl.with(machine().manifest, 'create', '-f', '-')
    await undo()
    await kubectl.with(red.manifest, 'create', '-f', '-')
  })

  it('that cannot be reached stop writes, unless they are forgiven', async () => {
    const { kubectl } = engine()
    const service = { clientConfig: { service: { namespace: 'default', name: 'nobody' } } }
    const name = uniqueName('hook')
    const undo = await apply(configuration(name, service))
    const plain = machine()
    await expect(kubectl.with(plain.manifest, 'create', '-f', '-')).rejects.toThrow(
      'failed calling webhook "colours.berth.example": failed to call webhook: Post "https://nobody.default.svc:443/?timeout=5s": service "nobody" not found',
    )
    await apply(configuration(name, { ...service, failurePolicy: 'Ignore' }))
    await kubectl.with(plain.manifest, 'create', '-f', '-')
    await undo()
  })
})
