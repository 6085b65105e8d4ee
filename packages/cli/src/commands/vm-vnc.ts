/** `berth vm vnc`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions, session } from '../connection/options.ts'
import { CliError } from '../failure.ts'

/** Viewers by preference, with how each wants the address. */
const viewers: readonly { program: string; args(port: number): string[] }[] = [
  { program: 'remote-viewer', args: (port) => [`vnc://127.0.0.1:${port}`] },
  { program: 'vncviewer', args: (port) => [`127.0.0.1::${port}`] },
  { program: 'xtightvncviewer', args: (port) => [`127.0.0.1::${port}`] },
]

export const vmVnc: CommandSpec = {
  name: 'vm vnc',
  summary: "see a VM's screen in a VNC viewer",
  args: [{ name: 'NAME', summary: 'the VM', completion: 'machine' }],
  options: [
    { flags: '--proxy-only', summary: 'start no viewer; print the port as JSON' },
    { flags: '--port PORT', summary: 'local port (default: any free one)' },
    { flags: '--timeout DURATION', summary: 'how long to wait for a VM that is starting', default: '5m' },
    ...connectionOptions,
  ],
  examples: ['vm vnc web', 'vm vnc web --proxy-only --port 5900'],
  async run(input, context) {
    const [{ openLocalPort }, { openWhenRunning }, programs] = await Promise.all([
      import('../machines/local-port.ts'),
      import('../machines/streams.ts'),
      import('../process/run-program.ts'),
    ])
    const { client, namespace } = await session(input, context)
    const target = { namespace, name: input.arg(0) }
    const open = () =>
      openWhenRunning(context, client, {
        target,
        subresource: 'vnc',
        timeoutMs: input.duration('timeout') ?? 300_000,
        text: `Waiting for the screen of VM "${target.name}"`,
      })
    // Opened before anybody is told to come: what is wrong is said here, not by the viewer.
    let ready: Awaited<ReturnType<typeof open>> | undefined = await open()
    ready.on('error', () => {}) // told when it is joined to a connection
    const port = await openLocalPort({
      port: input.integer('port', { min: 0, max: 65_535 }) ?? 0,
      async open() {
        const first = ready
        ready = undefined
        return first === undefined || first.destroyed ? open() : first
      },
      onFailure: (message) => context.terminal.stderr.write(`${message}\n`),
    })
    try {
      if (input.flag('proxyOnly')) context.terminal.stdout.write(`${JSON.stringify({ port: port.port })}\n`)
      else await view(port.port)
      if (!input.flag('proxyOnly')) return
      await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve(), { once: true }))
    } finally {
      ready?.destroy()
      await port.close()
    }

    async function view(localPort: number): Promise<void> {
      context.terminal.stderr.write(`The screen of VM "${target.name}" is at 127.0.0.1:${localPort} while this runs.\n`)
      for (const known of viewers) {
        const path = await programs.findProgram(known.program, context.environment)
        if (path === undefined) continue
        const viewer = programs.startProgram(path, known.args(localPort))
        context.signal.addEventListener('abort', () => viewer.stop(), { once: true })
        return viewer.ended
      }
      throw new CliError('Failed', `no VNC viewer found (${viewers.map(({ program }) => program).join(', ')})`, {
        remedy: `Install one, or run \`berth vm vnc ${target.name} --proxy-only\` and point any viewer at the port.`,
      })
    }
  },
}
