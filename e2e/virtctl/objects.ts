// Commands that read and write objects, or only print: no guest has to run for them.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { guestMachine, uniqueName } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import type { World } from './world.ts'

export function objects({ engine, virtctl, verbs: { becomes, create } }: World): void {
  const kubectl = (...args: string[]): Promise<string> => engine().kubectl(...args)
  let name = ''
  beforeAll(async () => {
    name = await create('plain')
    await becomes(name, 'Running')
  })

  describe('virtctl version and configuration', () => {
    it('version reads the version of the engine', async () => {
      expect(await virtctl()('version')).toMatch(/Server Version: .*GitVersion:"v\d+\.\d+\.\d+/)
    })

    it('adm log-verbosity shows, sets and resets', async () => {
      expect(await virtctl()('adm', 'log-verbosity', '--all')).toContain('virt-api=2')
      await virtctl()('adm', 'log-verbosity', '--virt-api=5')
      expect(await virtctl()('adm', 'log-verbosity', '--virt-api')).toContain('virt-api=5')
      await virtctl()('adm', 'log-verbosity', '--reset')
      expect(await virtctl()('adm', 'log-verbosity', '--virt-api')).toContain('virt-api=2')
    })

    it('permitted-devices lists what may be passed through', async () => {
      expect(await virtctl()('permitted-devices', '-n', 'kubevirt')).toContain('Permitted Devices')
    })
  })

  describe('virtctl template', () => {
    it('template process prints and makes the machine of a template', async () => {
      const machine = uniqueName('processed')
      const catalogue = ['template', 'process', 'tiny-guest', '--namespace=berth-templates']
      expect(await virtctl()(...catalogue, '--print-params')).toContain('MEMORY')
      const manifest = await virtctl()(...catalogue, `--param=NAME=${machine}`, '--param=MEMORY=64Mi')
      await engine().kubectl.with(manifest, 'create', '--namespace=default', '-f', '-')
      expect(await kubectl('get', 'vm', machine, '-o', 'jsonpath={.spec.template.spec.domain.memory.guest}')).toBe(
        '64Mi',
      )
      const refusal = await virtctl().fails(...catalogue, '--param=NOPE=1')
      expect(refusal).toContain('parameter NOPE not found in template')
      const made = uniqueName('created')
      await virtctl()(...catalogue, '--create', `--param=NAME=${made}`)
      expect(await kubectl('get', 'vm', made, '-n', 'berth-templates', '-o', 'name')).toContain(made)
      await kubectl('delete', 'vm', made, '-n', 'berth-templates')
    })

    it('template create makes a template from a machine', async () => {
      const template = uniqueName('template')
      await virtctl()('template', 'create', `--vm-name=${name}`, `--name=${template}`)
      await kubectl('wait', `vmt/${template}`, '--for=create', '--timeout=20s')
      expect(await virtctl()('template', 'process', template, '--param=NAME=again')).toContain('name: again')
    })
  })

  describe('virtctl create', () => {
    it('create vm writes a manifest that the engine takes', async () => {
      const machine = uniqueName('made')
      const image = 'registry.example/guest:v1'
      const manifest = await virtctl()('create', 'vm', '--name', machine, '--memory=128Mi', '--run-strategy=Halted')
      await engine().kubectl.with(manifest, 'create', '-f', '-')
      expect(await kubectl('get', 'vm', machine, '-o', 'jsonpath={.spec.template.spec.domain.memory.guest}')).toBe(
        '128Mi',
      )
      const disk = await virtctl()('create', 'vm', '--name', `${machine}-disk`, `--volume-containerdisk=src:${image}`)
      expect(disk).toContain(image)
    })

    it('create instancetype and create preference, used by a machine', async () => {
      const type = await virtctl()('create', 'instancetype', '--name', 'tiny', '--cpu', '1', '--memory', '128Mi')
      await engine().kubectl.with(type, 'apply', '-f', '-')
      await engine().kubectl.with(await virtctl()('create', 'preference', '--name', 'plain'), 'apply', '-f', '-')
      const machine = uniqueName('typed')
      const args = ['--instancetype=tiny', '--preference=plain', '--run-strategy=Halted']
      await engine().kubectl.with(await virtctl()('create', 'vm', '--name', machine, ...args), 'create', '-f', '-')
      expect(await virtctl()('expand', '--vm', machine)).toMatch(/guest: 128Mi|"guest": ?"128Mi"/)
    })

    it('create clone only prints, and the engine makes the clone', async () => {
      const target = uniqueName('copy')
      const manifest = await virtctl()('create', 'clone', '--source-name', name, '--target-name', target)
      await engine().kubectl.with(manifest, 'create', '-f', '-')
      await kubectl('wait', 'vmclone', '--all', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s')
      expect(await kubectl('get', 'vm', target, '-o', 'jsonpath={.spec.runStrategy}')).toBe('Halted')
    })
  })

  describe('virtctl expand', () => {
    it('expand --file asks about a machine that is not made', async () => {
      const file = join(engine().scratch, 'machine.json')
      await writeFile(file, JSON.stringify(guestMachine('unmade')))
      expect(await virtctl()('expand', '--file', file)).toContain('unmade')
    })

    it('expand --vm refuses one that is not there', async () => {
      expect(await virtctl().fails('expand', '--vm', 'nobody')).toContain('"nobody" not found')
    })
  })

  describe('virtctl expose', () => {
    it('expose vm and expose vmi make services for the machine', async () => {
      for (const kind of ['vm', 'vmi']) {
        await virtctl()('expose', kind, name, '--port=22', `--name=${name}-${kind}`, '--type=NodePort')
        const selector = await kubectl('get', 'service', `${name}-${kind}`, '-o', 'jsonpath={.spec.selector}')
        expect(JSON.parse(selector)).toEqual({ 'vmi.kubevirt.io/id': name })
      }
    })

    it('expose vmirs refuses one that is not there', async () => {
      expect(await virtctl().fails('expose', 'vmirs', 'none', '--port=22', '--name=none')).toMatch(
        /none|VirtualMachineInstanceReplicaSet/,
      )
    })
  })

  describe('virtctl credentials', () => {
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0000000000000000000000000000000000000000000 somebody'

    it('credentials add-ssh-key, remove-ssh-key and set-password change secrets and the machine', async () => {
      const machine = uniqueName('keys')
      const manifest = guestMachine(machine, { runStrategy: 'Halted' })
      manifest.spec.template.spec.domain.devices.disks = [{ name: 'ci', disk: { bus: 'virtio' } }]
      manifest.spec.template.spec.volumes = [{ name: 'ci', cloudInitNoCloud: { userData: '#cloud-config\n' } }]
      await engine().kubectl.with(manifest, 'create', '-f', '-')
      await virtctl()('credentials', 'add-ssh-key', '--create-secret', '--user=root', '--value', key, machine)
      const path = '{.spec.template.spec.accessCredentials[0].sshPublicKey.source.secret.secretName}'
      const secret = await kubectl('get', 'vm', machine, '-o', `jsonpath=${path}`)
      const held = (): Promise<string> => kubectl('get', 'secret', secret, '-o', 'jsonpath={.data}')
      expect(await held()).toContain(Buffer.from(key).toString('base64'))
      await virtctl()(
        'credentials',
        'remove-ssh-key',
        '--user=root',
        '--value',
        key,
        '--secret',
        secret,
        '--force',
        machine,
      )
      expect(await held()).not.toContain(Buffer.from(key).toString('base64'))
      expect(await virtctl().fails('credentials', 'set-password', '--user=root', '--password=hi', machine)).toContain(
        'no secrets assigned to UserPassword',
      )
    })
  })

  describe('virtctl guest agent', () => {
    it('guestosinfo, userlist and fslist print what the agent says', async () => {
      expect(await virtctl()('guestosinfo', name)).toContain('guestAgentVersion')
      expect(await virtctl()('userlist', name)).toContain('items')
      expect(await virtctl()('fslist', name)).toContain('items')
    })

    it('guestosinfo, userlist and fslist of a machine that is not there fail', async () => {
      for (const command of ['guestosinfo', 'userlist', 'fslist'])
        expect(await virtctl().fails(command, 'nobody')).toContain('not found')
    })
  })
}
