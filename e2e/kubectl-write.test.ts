// Changing things with the real kubectl: apply, create, edit, patch, label, replace, delete, wait.
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually, guestMachine, newestKubectl, uniqueName, useEngine } from '@berth/testkit'
import { describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'simulated' })
const { minor } = await newestKubectl()

async function createHalted(prefix: string): Promise<string> {
  const name = uniqueName(prefix)
  await engine().kubectl.with(guestMachine(name, { runStrategy: 'Halted' }), 'create', '-f', '-')
  return name
}

async function createRunning(prefix: string): Promise<string> {
  const { kubectl } = engine()
  const name = uniqueName(prefix)
  await kubectl.with(guestMachine(name), 'create', '-f', '-')
  await kubectl('wait', `vm/${name}`, '--for=condition=Ready', '--timeout=60s')
  return name
}

const field = (name: string, path: string) => engine().kubectl('get', 'vm', name, '-o', `jsonpath={${path}}`)

describe('kubectl apply', () => {
  it('creates, then leaves alone, then configures', async () => {
    const { kubectl } = engine()
    const name = uniqueName('applied')
    const manifest = guestMachine(name, { runStrategy: 'Halted', labels: { tier: 'one' } })
    expect(await kubectl.with(manifest, 'apply', '-f', '-')).toBe(`virtualmachine.kubevirt.io/${name} created\n`)
    expect(await kubectl.with(manifest, 'apply', '-f', '-')).toBe(`virtualmachine.kubevirt.io/${name} unchanged\n`)
    manifest.metadata.labels = { tier: 'two' }
    manifest.spec.template.spec.domain.memory = { guest: '256Mi' }
    expect(await kubectl.with(manifest, 'apply', '-f', '-')).toBe(`virtualmachine.kubevirt.io/${name} configured\n`)
    expect(await field(name, '.spec.template.spec.domain.memory.guest')).toBe('256Mi')
    expect(await field(name, '.metadata.labels')).toBe('{"tier":"two"}')
  })

  it('takes away what the manifest no longer has, and keeps what others wrote', async () => {
    const { kubectl } = engine()
    const name = uniqueName('applied')
    const manifest = guestMachine(name, { runStrategy: 'Halted', labels: { mine: 'yes' } })
    await kubectl.with(manifest, 'apply', '-f', '-')
    await kubectl('label', 'vm', name, 'theirs=yes')
    manifest.metadata.labels = { also: 'mine' }
    await kubectl.with(manifest, 'apply', '-f', '-')
    expect(await field(name, '.metadata.labels')).toBe('{"also":"mine","theirs":"yes"}')
  })

  it('merges lists of core kinds by their keys', async () => {
    const { kubectl } = engine()
    const name = uniqueName('service')
    const service = (ports: object[]) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: 'x' }, ports },
    })
    await kubectl.with(
      service([
        { name: 'ssh', port: 22 },
        { name: 'web', port: 80 },
      ]),
      'apply',
      '-f',
      '-',
    )
    await kubectl.with(
      service([
        { name: 'ssh', port: 22 },
        { name: 'tls', port: 443 },
      ]),
      'apply',
      '-f',
      '-',
    )
    expect(await kubectl('get', 'svc', name, '-o', 'jsonpath={.spec.ports[*].port}')).toBe('22 443')
  })

  it('many objects of one file, in YAML', async () => {
    const { kubectl } = engine()
    const namespace = uniqueName('file')
    const text = `
apiVersion: v1
kind: Namespace
metadata: {name: ${namespace}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: one, namespace: ${namespace}}
data:
  text: |
    two lines
    of text
---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: two, namespace: ${namespace}}
spec:
  runStrategy: Halted
  template:
    spec: {domain: {devices: {}, memory: {guest: 64Mi}}}
`
    const file = join(engine().scratch, `${namespace}.yaml`)
    await writeFile(file, text)
    expect(await kubectl('apply', '-f', file)).toBe(
      `namespace/${namespace} created\nconfigmap/one created\nvirtualmachine.kubevirt.io/two created\n`,
    )
    expect(await kubectl('get', 'cm', 'one', '-n', namespace, '-o', 'jsonpath={.data.text}')).toBe(
      'two lines\nof text\n',
    )
    // The namespace takes the others along, so kubectl may find them gone.
    await kubectl('delete', '-f', file, '--ignore-not-found')
    expect(await kubectl('get', 'ns', namespace, '--ignore-not-found')).toBe('')
  })

  it('prunes what a set no longer holds', async () => {
    const { kubectl } = engine()
    const set = uniqueName('set')
    const configMap = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${set}-${name}`, labels: { set } },
    })
    const list = (...names: string[]) => ({ apiVersion: 'v1', kind: 'List', items: names.map(configMap) })
    const prune = ['apply', '-f', '-', '--prune', '-l', `set=${set}`]
    const only = minor >= 26 ? '--prune-allowlist=core/v1/ConfigMap' : '--prune-whitelist=core/v1/ConfigMap'
    await kubectl.with(list('a', 'b'), ...prune, only)
    expect(await kubectl.with(list('a'), ...prune, only)).toContain(`configmap/${set}-b pruned`)
    expect(await kubectl('get', 'cm', '-l', `set=${set}`, '-o', 'name')).toBe(`configmap/${set}-a\n`)
  })

  it('--dry-run=server checks and changes nothing', async () => {
    const { kubectl } = engine()
    const name = uniqueName('dry')
    const manifest = guestMachine(name)
    expect(await kubectl.with(manifest, 'apply', '-f', '-', '--dry-run=server')).toBe(
      `virtualmachine.kubevirt.io/${name} created (server dry run)\n`,
    )
    expect(await kubectl('get', 'vm', name, '--ignore-not-found')).toBe('')
    manifest.spec.template.spec.schedulerName = 'mine'
    expect(await kubectl.failsWith(manifest, 'apply', '-f', '-', '--dry-run=server')).toContain('schedulerName')
    const kept = await createHalted('dry')
    await kubectl('delete', 'vm', kept, '--dry-run=server')
    expect(await field(kept, '.metadata.deletionTimestamp')).toBe('')
  })

  it('--dry-run=client -o yaml sends nothing', async () => {
    const { kubectl } = engine()
    const name = uniqueName('dry')
    const printed = await kubectl('create', 'configmap', name, '--from-literal=a=b', '--dry-run=client', '-o', 'yaml')
    expect(printed).toContain('a: b')
    expect(await kubectl('get', 'cm', name, '--ignore-not-found')).toBe('')
  })

  it('names unknown fields', async () => {
    const { kubectl } = engine()
    const manifest = guestMachine(uniqueName('typo'))
    const wrong = { ...manifest, spec: { ...manifest.spec, runStrategie: 'Always' } }
    const refusal = await kubectl.failsWith(wrong, 'apply', '-f', '-', '--validate=true')
    expect(refusal).toMatch(/runStrategie/)
    expect(refusal).toMatch(/unknown field/)
    expect(await kubectl('get', 'vm', manifest.metadata.name ?? '', '--ignore-not-found')).toBe('')
  })

  it.runIf(minor >= 25)(
    '--validate=warn prints the field and goes on, ignore says nothing (1.25 and newer)',
    async () => {
      const { kubectl } = engine()
      const manifest = guestMachine(uniqueName('typo'), { runStrategy: 'Halted' })
      const wrong = JSON.stringify({ ...manifest, spec: { ...manifest.spec, runStrategie: 'Always' } })
      const warned = await kubectl.run(['apply', '-f', '-', '--validate=warn'], { input: wrong })
      expect(warned).toMatchObject({ code: 0, stderr: expect.stringContaining('unknown field "spec.runStrategie"') })
      const ignored = await kubectl.run(['replace', '-f', '-', '--validate=ignore'], { input: wrong })
      expect(ignored).toMatchObject({ code: 0, stderr: '' })
      expect(await kubectl('get', 'vm', manifest.metadata.name ?? '', '-o', 'jsonpath={.spec}')).not.toContain(
        'Strategie',
      )
    },
  )
})

describe('kubectl create', () => {
  it('makes every kind it has a word for', async () => {
    const { kubectl } = engine()
    const namespace = uniqueName('made')
    await kubectl('create', 'namespace', namespace)
    const here = ['-n', namespace]
    await kubectl('create', 'configmap', 'c', '--from-literal=a=b', ...here)
    await kubectl('create', 'secret', 'generic', 's', '--from-literal=password=x y', ...here)
    await kubectl('create', 'serviceaccount', 'robot', ...here)
    await kubectl('create', 'service', 'clusterip', 'web', '--tcp=80:8080', ...here)
    await kubectl('create', 'role', 'reader', '--verb=get,list', '--resource=virtualmachines.kubevirt.io', ...here)
    await kubectl('create', 'rolebinding', 'readers', '--role=reader', `--serviceaccount=${namespace}:robot`, ...here)
    expect(await kubectl('get', 'secret', 's', ...here, '-o', 'jsonpath={.data.password}')).toBe(
      Buffer.from('x y').toString('base64'),
    )
    expect(await kubectl('get', 'cm,secret,sa,svc,role,rolebinding', ...here, '-o', 'name')).toMatch(
      /configmap\/c[^]*secret\/s[^]*serviceaccount\/robot[^]*service\/web[^]*role.*\/reader[^]*rolebinding.*\/readers/,
    )
    await kubectl('delete', 'namespace', namespace)
    expect(await kubectl('get', 'ns', namespace, '--ignore-not-found')).toBe('')
    expect(await kubectl('get', 'cm', ...here, '-o', 'name')).toBe('')
  })

  it('says when a name is taken, and names a generated one', async () => {
    const { kubectl } = engine()
    const name = await createHalted('taken')
    expect(await kubectl.failsWith(guestMachine(name), 'create', '-f', '-')).toContain(
      `Error from server (AlreadyExists): error when creating "STDIN": virtualmachines.kubevirt.io "${name}" already exists`,
    )
    const generated = { ...guestMachine('x', { runStrategy: 'Halted' }), metadata: { generateName: 'gen-' } }
    expect(await kubectl.with(generated, 'create', '-f', '-')).toMatch(
      /^virtualmachine\.kubevirt\.io\/gen-\w{5} created\n$/,
    )
  })

  it('refuses to put something into a namespace that is not there', async () => {
    const refusal = await engine().kubectl.failsWith(guestMachine('x', { namespace: 'nowhere' }), 'create', '-f', '-')
    expect(refusal).toContain('namespaces "nowhere" not found')
  })
})

describe('kubectl edit', () => {
  async function editor(script: string): Promise<Record<string, string>> {
    const file = join(engine().scratch, `${uniqueName('editor')}.sh`)
    await writeFile(file, `#!/bin/sh\n${script}\n`)
    await chmod(file, 0o755)
    return { EDITOR: file }
  }

  it('saves what the editor changed', async () => {
    const { kubectl } = engine()
    const name = await createHalted('edited')
    const environment = await editor(`sed -i 's/guest: 128Mi/guest: 192Mi/' "$1"`)
    expect(await kubectl.run(['edit', 'vm', name], { environment })).toMatchObject({
      code: 0,
      stdout: `virtualmachine.kubevirt.io/${name} edited\n`,
    })
    expect(await field(name, '.spec.template.spec.domain.memory.guest')).toBe('192Mi')
  })

  it('does nothing when nothing changed', async () => {
    const name = await createHalted('edited')
    const { stdout, stderr } = await engine().kubectl.run(['edit', 'vm', name], { environment: await editor('true') })
    expect(stdout + stderr).toContain('Edit cancelled, no changes made')
  })

  it('opens again with the reason when the server refuses', async () => {
    const { kubectl, scratch } = engine()
    const name = await createHalted('edited')
    const seen = join(scratch, `${name}.seen`)
    // The first time it writes a wrong size; the second time it only looks, and so gives up.
    const environment = await editor(
      `test -f ${seen} && cp "$1" ${seen} && exit; touch ${seen}; sed -i 's/guest: 128Mi/guest: -1Gi/' "$1"`,
    )
    const { code, stdout, stderr } = await kubectl.run(['edit', 'vm', name], { environment })
    expect(code).toBe(1)
    expect(stdout + stderr).toContain('no valid changes were saved')
    expect(await readFile(seen, 'utf8')).toMatch(/^# .*spec\.template\.spec\.domain\.memory\.guest/m)
    expect(await field(name, '.spec.template.spec.domain.memory.guest')).toBe('128Mi')
  })
})

describe('kubectl patch', () => {
  it('merge', async () => {
    const name = await createHalted('patched')
    const patch = '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":null,"hostname":"new"}}}}'
    expect(await engine().kubectl('patch', 'vm', name, '--type=merge', '-p', patch)).toContain('patched')
    expect(await field(name, '.spec.template.spec.hostname')).toBe('new')
  })

  it('JSON', async () => {
    const { kubectl } = engine()
    const name = await createHalted('patched')
    const change = (value: string) =>
      `[{"op":"test","path":"/spec/runStrategy","value":"${value}"},{"op":"replace","path":"/spec/runStrategy","value":"Manual"}]`
    expect(await kubectl('patch', 'vm', name, '--type=json', '-p', change('Halted'))).toContain('patched')
    expect(await field(name, '.spec.runStrategy')).toBe('Manual')
    expect(await kubectl.fails('patch', 'vm', name, '--type=json', '-p', change('Halted'))).toMatch(/test|invalid/i)
    expect(await kubectl('patch', 'vm', name, '--type=json', '-p', '[]')).toContain('patched (no change)')
  })

  it('strategic: core kinds yes, machines 415 as Kubernetes answers for custom resources', async () => {
    const { kubectl } = engine()
    const name = uniqueName('service')
    await kubectl('create', 'service', 'clusterip', name, '--tcp=80:80')
    await kubectl('patch', 'svc', name, '-p', '{"spec":{"ports":[{"port":81,"name":"more"}]}}')
    expect((await kubectl('get', 'svc', name, '-o', 'jsonpath={.spec.ports[*].port}')).split(' ').sort()).toEqual([
      '80',
      '81',
    ])
    await kubectl('patch', 'svc', name, '-p', '{"spec":{"ports":[{"port":80,"$patch":"delete"}]}}')
    expect(await kubectl('get', 'svc', name, '-o', 'jsonpath={.spec.ports[*].port}')).toBe('81')
    const machine = await createHalted('patched')
    expect(
      await kubectl.fails('patch', 'vm', machine, '--type=strategic', '-p', '{"metadata":{"labels":{"a":"b"}}}'),
    ).toMatch(/strategic-merge-patch\+json is not supported|UnsupportedMediaType/)
  })

  it('says what it refuses', async () => {
    const { kubectl } = engine()
    const name = await createHalted('patched')
    const refused = (patch: object) => kubectl.fails('patch', 'vm', name, '--type=merge', '-p', JSON.stringify(patch))
    expect(await refused({ metadata: { name: 'other' } })).toMatch(/name/)
    expect(await refused({ metadata: { resourceVersion: '1' } })).toContain('Conflict')
    expect(await refused({ spec: { runStrategy: 'Sometimes' } })).toMatch(/runStrategy/)
    expect(await refused({ spec: { template: { spec: { schedulerName: 'mine' } } } })).toContain(
      'spec.template.spec.schedulerName',
    )
  })
})

describe('kubectl label and annotate', () => {
  it('add, refuse to overwrite, overwrite, take away', async () => {
    const { kubectl } = engine()
    const name = await createHalted('labelled')
    expect(await kubectl('label', 'vm', name, 'tier=one')).toContain('labeled')
    expect(await kubectl.fails('label', 'vm', name, 'tier=two')).toContain('--overwrite is false')
    await kubectl('label', 'vm', name, 'tier=two', '--overwrite')
    expect(await field(name, '.metadata.labels.tier')).toBe('two')
    await kubectl('label', 'vm', name, 'tier-')
    expect(await field(name, '.metadata.labels')).toBe('')
    await kubectl('annotate', 'vm', name, 'note=a longer text, with commas')
    expect(await field(name, '.metadata.annotations.note')).toBe('a longer text, with commas')
    expect(await kubectl.fails('label', 'vm', name, 'tier=not valid!')).toMatch(/invalid/i)
  })

  it('by selector', async () => {
    const { kubectl } = engine()
    const [one, two] = [await createHalted('many'), await createHalted('many')]
    const set = uniqueName('set')
    await kubectl('label', 'vm', one, two, `set=${set}`)
    await kubectl('label', 'vm', '-l', `set=${set}`, 'colour=red')
    expect((await kubectl('get', 'vm', '-l', 'colour=red', '-o', 'name')).trim().split('\n')).toHaveLength(2)
  })
})

describe('kubectl replace', () => {
  it('replaces, notices who was faster, and --force starts anew', async () => {
    const { kubectl } = engine()
    const name = await createHalted('replaced')
    const read = (await kubectl.json('get', 'vm', name)) as ReturnType<typeof guestMachine>
    read.spec.template.spec.domain.memory = { guest: '160Mi' }
    expect(await kubectl.with(read, 'replace', '-f', '-')).toContain('replaced')
    expect(await kubectl.failsWith(read, 'replace', '-f', '-')).toMatch(
      /\(Conflict\).*Operation cannot be fulfilled.*the object has been modified/,
    )
    const uid = await field(name, '.metadata.uid')
    await kubectl.with(guestMachine(name, { runStrategy: 'Halted' }), 'replace', '--force', '-f', '-')
    expect(await field(name, '.metadata.uid')).not.toBe(uid)
    expect(await kubectl.failsWith(guestMachine('missing'), 'replace', '-f', '-')).toContain('NotFound')
  })
})

describe('kubectl wait', () => {
  it('for a condition', async () => {
    const { kubectl } = engine()
    const name = await createRunning('waited')
    expect(await kubectl('wait', `vmi/${name}`, '--for=condition=Ready', '--timeout=60s')).toContain('condition met')
    expect(await kubectl.fails('wait', `vm/${name}`, '--for=condition=Paused', '--timeout=1s')).toContain('timed out')
  })

  it.runIf(minor >= 23)('for a JSONPath, and for the end (1.23 and newer)', async () => {
    const { kubectl } = engine()
    const name = uniqueName('waited')
    await kubectl.with(guestMachine(name), 'create', '-f', '-')
    await kubectl('wait', `vm/${name}`, '--for=jsonpath={.status.printableStatus}=Running', '--timeout=60s')
    await kubectl('patch', 'vm', name, '--type=merge', '-p', '{"spec":{"runStrategy":"Halted"}}')
    await kubectl('wait', `vm/${name}`, '--for=jsonpath={.status.printableStatus}=Stopped', '--timeout=60s')
    await kubectl('delete', 'vm', name, '--wait=false')
    await kubectl('wait', `vm/${name}`, '--for=delete', '--timeout=60s')
    expect(await kubectl('get', 'vm,vmi', '-o', 'name')).not.toContain(name)
  })
})

describe('kubectl delete', () => {
  it('waits until machine, instance and pod are gone', async () => {
    const { kubectl } = engine()
    const name = await createRunning('deleted')
    expect(await kubectl('delete', 'vm', name)).toContain(`"${name}" deleted`)
    expect(await kubectl('get', 'vm,vmi,pods', '-o', 'name')).not.toContain(name)
    expect(await kubectl.fails('delete', 'vm', name)).toContain('NotFound')
    expect(await kubectl('delete', 'vm', name, '--ignore-not-found')).not.toContain(name)
  })

  it('--cascade=orphan leaves the instance running, without an owner', async () => {
    const { kubectl } = engine()
    const name = await createRunning('orphaned')
    await kubectl('delete', 'vm', name, '--cascade=orphan')
    expect(await kubectl('get', 'vm', name, '--ignore-not-found')).toBe('')
    const instance = (await kubectl.json('get', 'vmi', name)) as {
      metadata: { ownerReferences?: unknown }
      status: { phase: string }
    }
    expect(instance.status.phase).toBe('Running')
    expect(instance.metadata.ownerReferences ?? []).toEqual([])
    await kubectl('delete', 'vmi', name)
    expect(await kubectl('get', 'vmi', name, '--ignore-not-found')).toBe('')
  })

  it('--cascade=foreground takes the dependants first', async () => {
    const { kubectl } = engine()
    const name = await createRunning('foreground')
    await kubectl('delete', 'vm', name, '--cascade=foreground')
    expect(await kubectl('get', 'vm,vmi,pods', '-o', 'name')).not.toContain(name)
  })

  it('--now, --force, by selector and --all', async () => {
    const { kubectl } = engine()
    const now = await createRunning('now')
    await kubectl('delete', 'vm', now, '--now')
    expect(await kubectl('get', 'vmi', now, '--ignore-not-found')).toBe('')
    const namespace = uniqueName('emptied')
    await kubectl('create', 'namespace', namespace)
    for (const name of ['a', 'b', 'c'])
      await kubectl('create', 'configmap', name, '-n', namespace, '--from-literal=x=y')
    await kubectl('label', 'cm', 'a', '-n', namespace, 'go=now')
    await kubectl('delete', 'cm', '-n', namespace, '-l', 'go=now')
    expect(await kubectl('get', 'cm', '-n', namespace, '-o', 'name')).not.toContain('/a\n')
    await kubectl('delete', 'cm', '-n', namespace, '--all')
    await eventually(async () => !(await kubectl('get', 'cm', '-n', namespace, '-o', 'name')).includes('/b'))
  })

  it('a namespace takes its machines along', async () => {
    const { kubectl } = engine()
    const namespace = uniqueName('doomed')
    await kubectl('create', 'namespace', namespace)
    await kubectl.with(guestMachine('vm', { namespace }), 'create', '-f', '-')
    await kubectl('wait', 'vm/vm', '-n', namespace, '--for=condition=Ready', '--timeout=60s')
    await kubectl('delete', 'namespace', namespace)
    expect(await kubectl('get', 'vm,vmi,pods', '-A', '-o', 'jsonpath={.items[*].metadata.namespace}')).not.toContain(
      namespace,
    )
  })
})

describe('kubectl diff', () => {
  it('shows what apply would change', async () => {
    const { kubectl } = engine()
    const name = uniqueName('diffed')
    const manifest = guestMachine(name, { runStrategy: 'Halted' })
    await kubectl.with(manifest, 'apply', '-f', '-')
    expect((await kubectl.run(['diff', '-f', '-'], { input: JSON.stringify(manifest) })).code).toBe(0)
    manifest.spec.template.spec.domain.memory = { guest: '200Mi' }
    const { code, stdout } = await kubectl.run(['diff', '-f', '-'], { input: JSON.stringify(manifest) })
    expect(code).toBe(1)
    expect(stdout).toMatch(/-\s+guest: 128Mi\n\+\s+guest: 200Mi/)
    expect(await field(name, '.spec.template.spec.domain.memory.guest')).toBe('128Mi')
  })
})

describe('what a virtual machine host does not do', () => {
  it('run containers', async () => {
    const { kubectl } = engine()
    expect(await kubectl.fails('run', 'nginx', '--image=nginx')).toContain('runs virtual machines, not containers')
    const name = await createRunning('noexec')
    const pod = (await kubectl('get', 'pods', '-l', `vm.kubevirt.io/name=${name}`, '-o', 'name')).trim()
    expect(await kubectl.fails('exec', pod, '--', 'ls')).toMatch(/virtual machine/)
  })
})
