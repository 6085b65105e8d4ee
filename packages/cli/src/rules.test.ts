/** The pure rules behind the commands, as tables. */

import { StatusError } from '@berth/meta'
import { ClientError } from '@berth/kube'
import type { DataVolume, PrintableStatus, VirtualMachine } from '@berth/api'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { farewell } from './commands/up.ts'
import { outcome } from './commands/down.ts'
import { parsePorts } from './commands/vm-port-forward.ts'
import { runChecks, renderResults } from './doctor/run-checks.ts'
import { failureOf } from './failure-of.ts'
import { CliError, renderFailure } from './failure.ts'
import { formatBytes } from './images/format-bytes.ts'
import { disksAtDeletion } from './machines/disks-at-deletion.ts'
import { imageSource } from './machines/image-source.ts'
import { renderStatus } from './machines/overview.ts'
import { newMachine } from '@berth/view'
import { annotatedUser, checkedUid, parseSshTarget, proxyCommand, sshArguments } from './machines/ssh-command.ts'
import { judge, type Goal } from './machines/wait-for.ts'
import { renderSummary } from './output/engine-events.ts'
import { createProgress, formatElapsed } from './output/progress.ts'
import { printData } from './output/print-objects.ts'
import { renderTable } from './output/table.ts'
import { memoryStream, testContext } from './testing/test-context.ts'
import { printable, styleFor } from './terminal.ts'

describe('the disks of a VM that is deleted', () => {
  const machine = (made: string[], used: string[]): VirtualMachine => ({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: 'web' },
    spec: {
      dataVolumeTemplates: made.map((name) => ({ metadata: { name }, spec: {} })),
      template: {
        spec: { domain: { devices: {} }, volumes: used.map((name) => ({ name, dataVolume: { name } })) },
      },
    },
  })
  it.each<[string[], string[], boolean, string[]]>([
    [[], [], false, []],
    [['root'], ['root'], false, ['With it disk "root" goes for good: made for this VM.']],
    [['root'], ['root'], true, ['Disk "root" stays.']],
    [
      ['root'],
      ['root', 'data', 'more'],
      false,
      ['With it disk "root" goes for good: made for this VM.', 'Disks "data", "more" stay.'],
    ],
  ])('made for it %j, used %j, kept %s', (made, used, keep, lines) => {
    expect(disksAtDeletion(machine(made, used), { keep })).toEqual(lines)
  })
})

it('refusals of KubeVirt name no webhook, others do', () => {
  const told = (message: string): string => failureOf(new StatusError('Forbidden', message)).message
  expect(told('admission webhook "datavolume-validate.cdi.kubevirt.io" denied the request:  no')).toBe('no')
  expect(told('admission webhook "rules.example.org" denied the request: no')).toContain('rules.example.org')
})

describe('failures', () => {
  it.each([
    [new StatusError('NotFound', 'x'), 3],
    [new StatusError('Conflict', 'x'), 4],
    [new StatusError('Forbidden', 'x'), 4],
    [new StatusError('Invalid', 'x'), 4],
    [new StatusError('InternalError', 'x'), 1],
    [new StatusError('Timeout', 'x'), 6],
    [new ClientError('Unreachable', 'x'), 5],
    [new ClientError('Timeout', 'x'), 6],
    [new ClientError('BadKubeconfig', 'x'), 2],
    [new CliError('Interrupted', 'x'), 130],
    [new Error('x'), 1],
    ['thrown text', 1],
  ])('%s exits with %i', (error, exitCode) => {
    expect(failureOf(error).exitCode).toBe(exitCode)
  })

  it('have one shape', () => {
    expect(renderFailure(failureOf(new CliError('Failed', 'it broke', { remedy: 'Mend it.' })))).toBe(
      'error: it broke\nnext: Mend it.\n',
    )
  })
})

describe('--image', () => {
  it.each([
    ['tiny-guest', { kind: 'builtIn' }],
    ['debian-12', { kind: 'dataSource', namespace: 'berth-images', name: 'debian-12' }],
    ['golden/win2k22', { kind: 'dataSource', namespace: 'golden', name: 'win2k22' }],
    ['https://host/a.qcow2', { kind: 'url', url: 'https://host/a.qcow2' }],
    ['docker://quay.io/disks/fedora:41', { kind: 'container', image: 'quay.io/disks/fedora:41' }],
    ['/srv/a.qcow2', { kind: 'path', path: '/srv/a.qcow2' }],
    ['./a.qcow2', { kind: 'path', path: '/here/a.qcow2' }],
  ])('%s', (text, source) => {
    expect(imageSource(text, { cwd: '/here' })).toEqual(source)
  })

  it.each(['', 'docker://', 'docker:///x', 'A', 'a/b/c', '-x', 'ftp://x', 'http://', 'a b'])('refuses %j', (text) => {
    expect(() => imageSource(text)).toThrow(CliError)
  })
})

function machine(status: PrintableStatus | undefined): VirtualMachine {
  const made = newMachine({
    name: 'a',
    namespace: 'n',
    source: { kind: 'builtIn' },
    cpus: 1,
    memory: '1Gi',
    boot: 'bios',
    tpm: false,
    start: true,
  })
  return status === undefined ? made : { ...made, status: { printableStatus: status } }
}

describe('waiting', () => {
  const running = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { uid: 'new' },
    spec: { domain: { devices: {} } },
  }
  it.each<[Goal, PrintableStatus | undefined, string]>([
    [{ state: 'running' }, 'Running', 'reached'],
    [{ state: 'running' }, 'Starting', 'waiting'],
    [{ state: 'running' }, undefined, 'waiting'],
    [{ state: 'running' }, 'CrashLoopBackOff', 'hopeless'],
    [{ state: 'restarted', previousUid: 'old' }, 'Running', 'reached'],
    [{ state: 'restarted', previousUid: 'new' }, 'Running', 'waiting'],
    [{ state: 'paused' }, 'Paused', 'reached'],
    [{ state: 'stopped' }, 'CrashLoopBackOff', 'waiting'],
    [{ state: 'deleted' }, 'Terminating', 'waiting'],
  ])('for %j at %s is %s', (goal, status, verdict) => {
    expect(judge(goal, { machine: machine(status), instance: running, dataVolumes: [] }).kind).toBe(verdict)
  })

  it('tells what keeps a disk from being made', () => {
    const volume = (phase: 'Succeeded' | 'Pending', running: object): DataVolume => ({
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: { name: 'web-root' },
      spec: {},
      status: { phase, conditions: [{ type: 'Running', status: 'False', ...running }] },
    })
    const sight = (...dataVolumes: DataVolume[]) => ({
      machine: machine('DataVolumeError'),
      instance: undefined,
      dataVolumes,
    })
    const fine = volume('Succeeded', { reason: 'Completed', message: 'Import Complete' })
    expect(judge({ state: 'running' }, sight(fine, volume('Pending', { message: 'no such image' })))).toEqual({
      kind: 'hopeless',
      text: 'DataVolumeError: no such image',
    })
    expect(judge({ state: 'running' }, sight(fine, volume('Pending', { message: '' })))).toEqual({
      kind: 'hopeless',
      text: 'DataVolumeError',
    })
  })

  it('is over when the machine is gone, one way or the other', () => {
    const sight = { machine: undefined, instance: undefined, dataVolumes: [] }
    expect(judge({ state: 'deleted' }, sight).kind).toBe('reached')
    expect(judge({ state: 'running' }, sight).kind).toBe('hopeless')
  })
})

describe('ssh', () => {
  it('quotes the proxy command for the shell and for ssh', () => {
    expect(proxyCommand(['/opt/my node', "it's", '100%'])).toBe(`'/opt/my node' 'it'\\''s' '100%%'`)
  })

  it('keeps known hosts per machine', () => {
    expect(
      sshArguments({ name: 'web', uid: 'u1', knownHostsFile: '/s/u1', user: 'me', proxy: ['berth'], rest: ['uptime'] }),
    ).toEqual([
      '-o',
      "ProxyCommand='berth'",
      '-o',
      'UserKnownHostsFile="/s/u1"',
      '-o',
      'HostKeyAlias=berth-u1',
      '-o',
      'StrictHostKeyChecking=accept-new',
      '-l',
      'me',
      '--',
      'web',
      'uptime',
    ])
  })

  it.each(['-oProxyCommand=x', '', 'a b', '$(id)', '`id`', 'a;b', "a'b", '%h', 'a\nb', '\u001B[2J'])(
    'does not log in as %j, which a VM names',
    (user) => expect(() => annotatedUser('web', user)).toThrow(CliError),
  )
  it.each(['debian', 'first.last', 'ops@corp', 'host$', 'müller'])('logs in as %s, which a VM names', (user) =>
    expect(annotatedUser('web', user)).toBe(user),
  )
  it.each([undefined, '', '../../.ssh/known_hosts', 'a"b', '%h', '${HOME}'])('keeps no known hosts under %j', (uid) =>
    expect(() => checkedUid('web', uid)).toThrow(CliError),
  )

  it.each(['-oProxyCommand=x', 'a b', '@web', '-x@web', '$(id)@web', 'web;ls'])('refuses the target %j', (text) => {
    expect(() => parseSshTarget(text)).toThrow(CliError)
  })
})

it.each([
  ['22', { protocol: 'tcp', local: 22, remote: 22 }],
  ['8080:80', { protocol: 'tcp', local: 8080, remote: 80 }],
  ['0:80', { protocol: 'tcp', local: 0, remote: 80 }],
  ['tcp/80', { protocol: 'tcp', local: 80, remote: 80 }],
  ['udp/5353:53', { protocol: 'udp', local: 5353, remote: 53 }],
])('port %s', (text, ports) => expect(parsePorts(text)).toEqual(ports))
it.each(['', '0', '70000', 'a', '1:2:3', '-1', 'sctp/1', 'udp/'])('no port %j', (text) =>
  expect(() => parsePorts(text)).toThrow(CliError),
)

it.each(['json', 'yaml'] as const)('prints no control character as %s, and loses none', async (format) => {
  const stdout = memoryStream()
  const context = testContext({ dataDirectory: '', homeDirectory: '' }, stdout)
  const value = { name: 'web', note: 'a\u009B2J\u007F\n\u001B[2J', 'key\u0090': ['x: \u0085 # y', 'l\u009C\nm\n'] }
  await printData(context, value, format)
  const text = stdout.text()
  expect(text).not.toMatch(/[^\P{Cc}\n]/u)
  expect(format === 'json' ? JSON.parse(text) : parse(text)).toEqual(value)
})

it('lets no words of a server steer the terminal', () => {
  const failure = renderFailure({ message: 'no \u001B]0;x\u0007 \u009B2J', next: 'see \u001B[2J' })
  expect(failure).toBe('error: no \uFFFD]0;x\uFFFD \uFFFD2J\nnext: see \uFFFD[2J\n')
})

describe('words', () => {
  const style = styleFor(memoryStream(), {})

  it('of a finished start', () => {
    const summary = {
      server: 'https://127.0.0.1:7443',
      kubeconfig: '/d/admin.kubeconfig',
      nodes: ['node-1'],
      acceleration: 'tcg' as const,
      adopted: 2,
      times: [{ what: 'API ready', ms: 612 }],
      sample: { namespace: 'default', name: 'hello', greeting: 'Hello from hello' },
    }
    expect(renderSummary(summary, { style, variables: [] })).toMatchInlineSnapshot(`
      "
      Berth is up.

      API:               https://127.0.0.1:7443
      Kubeconfig:        /d/admin.kubeconfig
      Nodes:             node-1
      Virtual machines:  run by emulation (no KVM)
      Found running:     2
      API ready:         612 ms
      VM "hello" says:   Hello from hello

      Try next, in another terminal:
        berth vm list
        berth vm console hello
        kubectl --kubeconfig /d/admin.kubeconfig get vms

      Ctrl-C stops the engine; VMs keep running.
      "
    `)
    expect(renderSummary(summary, { style, variables: [['BERTH_DATA_DIR', '/my data']] })).toContain(
      "  export BERTH_DATA_DIR='/my data'\n  berth vm list\n",
    )
  })

  it('of an end', () => {
    expect([farewell(0), farewell(1), farewell(3)].join('')).toMatchInlineSnapshot(`
      "
      Engine stopped. No VMs are running.

      Engine stopped; 1 VM keeps running. \`berth up\` finds them again; \`berth down\` stops them too.

      Engine stopped; 3 VMs keep running. \`berth up\` finds them again; \`berth down\` stops them too.
      "
    `)
    expect(
      [
        outcome({ engineWasRunning: false, stoppedMachines: 0 }),
        outcome({ engineWasRunning: true, stoppedMachines: 1 }),
        outcome({ engineWasRunning: false, stoppedMachines: 2 }),
      ].join(''),
    ).toMatchInlineSnapshot(`
      "Nothing was running.
      Engine stopped. 1 VM stopped.
      The engine was not running. 2 VMs stopped.
      "
    `)
  })

  it('of a status', () => {
    const stopped = {
      dataDirectory: '/d',
      engine: { state: 'stopped' as const, machines: ['a/b'] },
      server: { reachable: false as const, why: 'nothing listens there' },
      nodes: [],
      machines: {},
    }
    expect(renderStatus(stopped, 0)).toMatchInlineSnapshot(`
      "Engine:  not running in /d; 1 VM runs on without it
      Server:  not reachable: nothing listens there

      next: berth up
      "
    `)
  })

  it('of the doctor', async () => {
    const results = await runChecks(
      [
        { id: 'a', title: 'One', run: async () => ({ verdict: 'ok', detail: 'fine' }) },
        { id: 'b', title: 'Another', run: async () => ({ verdict: 'warn', detail: 'so so', remedy: 'Look.' }) },
        { id: 'c', title: 'Third', run: () => Promise.reject(new Error('broke')) },
      ],
      testContext({ dataDirectory: '/d', homeDirectory: '/h' }),
    )
    expect(renderResults(results, style)).toMatchInlineSnapshot(`
      "ok    One      fine
      warn  Another  so so
            next: Look.
      FAIL  Third    the check itself failed: broke
      "
    `)
  })
})

describe('terminal', () => {
  it('aligns tables and defuses control characters of names', () => {
    expect(
      renderTable(
        ['NAME', 'X'],
        [
          ['a\u001B[2J', undefined],
          ['long name', 'y'],
        ],
      ),
    ).toBe('NAME        X\na\uFFFD[2J       -\nlong name   y\n')
    expect(printable('a\u0007\tb\n')).toBe('a\uFFFD\tb\n')
  })

  it('colors only for a person, and not with NO_COLOR', () => {
    const tty = memoryStream(undefined, true)
    expect(styleFor(tty, {}).red('x')).toBe('\u001B[31mx\u001B[0m')
    expect([styleFor(tty, { NO_COLOR: '1' }).red('x'), styleFor(memoryStream(), {}).red('x')]).toEqual(['x', 'x'])
  })

  it('tells progress in plain lines off a terminal, in place on one', () => {
    for (const isTTY of [false, true]) {
      const stream = memoryStream(undefined, isTTY)
      let nowMs = 0
      const clock = { now: () => new Date(nowMs), after: () => () => {} }
      const step = createProgress(stream, styleFor(stream, { NO_COLOR: '1' }), clock).step('Working')
      nowMs = 2500
      step.update('Working: half')
      step.done('Worked')
      expect(stream.text()).toBe(
        isTTY
          ? '\r\u001B[K⠙ Working \r\u001B[K⠙ Working: half (2.5 s)\r\u001B[K✓ Worked (2.5 s)\n'
          : 'Working ...\n✓ Worked (2.5 s)\n',
      )
    }
  })

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [4200, '4.2 s'],
    [125_000, '2m05s'],
  ])('%i ms is %s', (ms, text) => expect(formatElapsed(ms)).toBe(text))
  it.each([
    [0, '0 B'],
    [3 * 1024 ** 3, '3 GiB'],
    [1536, '1.5 KiB'],
  ])('%i bytes is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})
