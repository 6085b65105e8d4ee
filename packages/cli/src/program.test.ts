import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { commandTable } from './commands/index.ts'
import { CliError, exitCodes } from './failure.ts'
import { runProgram } from './program.ts'
import { berth, memoryStream, testContext } from './testing/test-context.ts'

const nowhere = { dataDirectory: '/nonexistent/data', homeDirectory: '/nonexistent/home' }

describe('command lines', () => {
  it.each([
    [['vm', 'creat'], "error: unknown command 'creat'\nnext: Did you mean `create`?\n"],
    [
      ['vm', 'create'],
      "error: missing required argument 'NAME'\nnext: Like `berth vm create hello`; see `berth vm create --help`.\n",
    ],
    [['vm', 'start', 'a', '--tmeout', '1s'], "error: unknown option '--tmeout'\nnext: Did you mean `--timeout`?\n"],
    [
      ['vm', 'start', 'a', 'b'],
      "error: too many arguments for 'start'. Expected 1 argument but got 2: a, b.\nnext: Like `berth vm start web`; see `berth vm start --help`.\n",
    ],
    [
      ['disk', 'create', 'a', '--wait'],
      "error: unknown option '--wait'\nnext: It does so without being told; the opposite is `--no-wait`.\n",
    ],
    [['snapshot', 'create', 'a'], "error: unknown command 'create'\nnext: Did you mean `berth vm snapshot`?\n"],
    [['disk', 'ls'], "error: unknown command 'ls'\nnext: Did you mean `berth disk list`?\n"],
    [['disk', 'frobnicate'], "error: unknown command 'frobnicate'\nnext: See `berth disk --help`.\n"],
    [['frobnicate'], "error: unknown command 'frobnicate'\nnext: See `berth --help`.\n"],
    [['vm', 'create', 'a', '--cpu', '0'], 'error: --cpu must be a whole number from 1 to 1024, not "0"\n'],
    [
      ['vm', 'create', 'a', '--image', 'a b'],
      'error: --image: "a b" is no image name, URL or path\nnext: Give a name of `berth image list`, NAMESPACE/DATASOURCE, an http(s) URL, docker://IMAGE, or a path that starts with / or ./\n',
    ],
    [
      ['vm', 'create', 'a', '--user', 'me'],
      'error: --user is not for the built-in guest tiny-guest: it has no cloud-init, so nobody can log in to it\nnext: Name another image with --image.\n',
    ],
    [['completion', 'csh'], 'error: there is no completion for "csh"\nnext: There is for bash, zsh, fish.\n'],
    [['image', 'build', 'plan9'], 'error: there is no recipe for an image "plan9"\nnext: There are: debian-12.\n'],
  ])('%j is refused with exit code 2', async (words, stderr) => {
    expect(await berth(nowhere, ...words)).toEqual({ exitCode: 2, stdout: '', stderr })
  })

  it.each([
    [
      new CliError('Interrupted', 'the move goes on', { remedy: 'End it with `berth disk move d --cancel`.' }),
      'interrupted: the move goes on\nnext: End it with `berth disk move d --cancel`.\n',
    ],
    [new CliError('Interrupted', 'interrupted'), 'interrupted\n'],
    [new Error('the connection was closed'), 'interrupted\n'],
  ])('that are interrupted by %s say what goes on all the same', async (thrown, said) => {
    const stderr = memoryStream()
    const context = testContext({ ...nowhere, signal: AbortSignal.abort() }, memoryStream(), stderr)
    const spec = { name: 'wait', summary: 'wait', examples: [], run: () => Promise.reject(thrown) }
    expect(await runProgram({ groups: [], commands: [spec] }, ['wait'], context)).toBe(130)
    expect(stderr.text()).toBe(said)
  })

  it('without a server say so, with exit code 5', async () => {
    expect(await berth(nowhere, 'vm', 'list')).toEqual({
      exitCode: 5,
      stdout: '',
      stderr:
        'error: no kubeconfig: neither --kubeconfig nor $KUBECONFIG is set, and /nonexistent/data/admin.kubeconfig is not there\n' +
        'next: Start the local engine with `berth up`, or name a cluster with --kubeconfig.\n',
    })
  })

  it('name what would be made', async () => {
    const answer = await berth(nowhere, 'vm', 'create', 'web', '--dry-run', 'client', '-o', 'name')
    expect(answer).toMatchObject({ exitCode: 0, stdout: 'virtualmachines.kubevirt.io/web\n' })
  })

  it('make a manifest without a server', async () => {
    const { stdout, exitCode } = await berth(
      nowhere,
      'vm',
      'create',
      'web',
      '--image',
      'debian-12',
      '--disk',
      '20Gi',
      '--uefi',
      '--user',
      'ops',
      '--password',
      'x',
      '--dry-run',
      'client',
      '-n',
      'team',
    )
    expect(exitCode).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "apiVersion: kubevirt.io/v1
      kind: VirtualMachine
      metadata:
        name: web
        namespace: team
        annotations:
          berth.dev/login-user: ops
      spec:
        runStrategy: Always
        dataVolumeTemplates:
          - metadata:
              name: web-root
            spec:
              storage:
                resources:
                  requests:
                    storage: 20Gi
              sourceRef:
                kind: DataSource
                namespace: berth-images
                name: debian-12
        template:
          metadata:
            labels:
              vm.kubevirt.io/name: web
          spec:
            domain:
              cpu:
                cores: 1
              memory:
                guest: 1Gi
              firmware:
                bootloader:
                  efi:
                    secureBoot: false
              devices:
                disks:
                  - name: root
                    disk:
                      bus: virtio
                  - name: cloudinit
                    disk:
                      bus: virtio
                interfaces:
                  - name: default
                    masquerade: {}
                rng: {}
            networks:
              - name: default
                pod: {}
            volumes:
              - name: root
                dataVolume:
                  name: web-root
              - name: cloudinit
                cloudInitNoCloud:
                  userData: |
                    #cloud-config
                    users:
                      - name: ops
                        sudo: ALL=(ALL) NOPASSWD:ALL
                        shell: /bin/bash
                        lock_passwd: false
                        plain_text_passwd: x
                    chpasswd:
                      expire: false
                    ssh_pwauth: true
      "
    `)
  })
})

describe('the table', () => {
  it('has a command of its own under every name, with examples that start with it', () => {
    const names = commandTable.commands.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { name, examples, hidden } of commandTable.commands) {
      if (hidden !== true) expect(examples.some((line) => line.includes(name.split(' ').at(-1) ?? ''))).toBe(true)
    }
  })

  it.each(commandTable.commands.map(({ name }) => [name]))('%s has help', async (name) => {
    const { exitCode, stdout } = await berth(nowhere, ...name.split(' '), '--help')
    expect([exitCode, stdout.startsWith(`Usage: berth ${name}`)]).toEqual([0, true])
  })

  it('has examples that are whole command lines, whatever they begin with', async () => {
    const { stdout } = await berth(nowhere, 'kubeconfig', '--help')
    expect(stdout).toContain(
      'Examples:\n  berth kubeconfig > ~/.kube/config\n  export KUBECONFIG=$(berth kubeconfig --path)\n',
    )
  })

  it('and the exit codes are what the README says', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    const documented = [...readme.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)].map(([, code, meaning]) => [code, meaning])
    expect(Object.fromEntries(documented)).toEqual(exitCodes)
    for (const { name, hidden } of commandTable.commands) if (hidden !== true) expect(readme).toContain(`\`${name}`)
  })

  it('completes words, options, choices and files', async () => {
    const offered = async (...words: string[]): Promise<string[]> =>
      (await berth(nowhere, '__complete', '--', ...words)).stdout.split('\n').filter((word) => word !== '')
    expect(await offered('vm', 'st')).toEqual(['start', 'stop'])
    expect(await offered('d')).toEqual(['disk', 'doctor', 'down'])
    expect(await offered('vm', 'create', 'web', '--dry-run', '')).toEqual(['client', 'server'])
    expect(await offered('vm', 'create', 'web', '--up')).toEqual([])
    expect(await offered('vm', 'create', 'web', '--ue')).toEqual(['--uefi'])
    expect(await offered('vm', 'create', 'web', '--image', 't')).toEqual(['tiny-guest'])
    expect(await offered('restore', '')).toEqual([':files'])
    expect(await offered('vm', 'stop', '')).toEqual([])
  })
})
