/** `berth vm port-forward`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions, session } from '../connection/options.ts'
import type { CommandContext, Session } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'

export const vmPortForward: CommandSpec = {
  name: 'vm port-forward',
  summary: 'reach ports of a VM through ports of this computer',
  description:
    "PORT is REMOTE or LOCAL:REMOTE, for UDP with udp/ before it; LOCAL 0 takes any free one. With --stdio one TCP port is joined to standard input and output, as ssh's ProxyCommand wants it.",
  args: [
    { name: 'NAME', summary: 'the VM', completion: 'machine' },
    { name: 'PORT', summary: '[udp/]REMOTE or [udp/]LOCAL:REMOTE', variadic: true },
  ],
  options: [
    { flags: '--stdio', summary: 'use standard input and output instead of a local port' },
    ...connectionOptions,
  ],
  examples: ['vm port-forward web 8080:80', 'vm port-forward dns udp/5353:53', 'vm port-forward web --stdio 22'],
  async run(input, context) {
    const opened = await session(input, context)
    if (input.flag('stdio')) return joinStdio(opened, input, context)
    await forward(opened, input, context)
  },
}

async function forward({ client, namespace }: Session, input: Input, context: CommandContext): Promise<void> {
  const [{ openLocalPort }, { openLocalDatagrams }, { openStreamOf }, { getInstance }] = await Promise.all([
    import('../machines/local-port.ts'),
    import('../machines/local-datagrams.ts'),
    import('../machines/streams.ts'),
    import('../machines/find.ts'),
  ])
  const target = { namespace, name: input.arg(0) }
  const wishes = input.args.slice(1).map(parsePorts)
  await getInstance(client, target)
  const open: { close(): Promise<void> }[] = []
  try {
    for (const { protocol, local, remote } of wishes) {
      const listen = protocol === 'tcp' ? openLocalPort : openLocalDatagrams
      const port = await listen({
        port: local,
        open: () => openStreamOf(client, target, { subresource: `portforward/${remote}/${protocol}` }),
        onFailure: (message) => context.terminal.stderr.write(`connection to port ${remote}: ${message}\n`),
      })
      open.push(port)
      const prefix = protocol === 'tcp' ? '' : 'udp/'
      context.terminal.stdout.write(`${prefix}127.0.0.1:${port.port} -> ${target.name}:${remote}\n`)
    }
    await aborted(context.signal)
  } finally {
    await Promise.all(open.map((port) => port.close()))
  }
}

async function joinStdio({ client, namespace }: Session, input: Input, context: CommandContext): Promise<void> {
  const [{ openStreamOf }, { pipeline }] = await Promise.all([
    import('../machines/streams.ts'),
    import('node:stream/promises'),
  ])
  const [, port = '', ...more] = input.args
  if (more.length > 0) throw new CliError('Usage', '--stdio takes one port')
  const { protocol, remote } = parsePorts(port)
  if (protocol !== 'tcp') throw new CliError('Usage', '--stdio takes a TCP port: a pipe keeps no datagrams apart')
  const { stdin, stdout } = context.terminal
  const { signal } = context
  const stream = await openStreamOf(
    client,
    { namespace, name: input.arg(0) },
    { subresource: `portforward/${remote}/tcp`, signal },
  )
  const sending = pipeline(stdin, stream).catch(() => {}) // how it ended is told by the receiving side
  for await (const chunk of stream) {
    stdout.write(chunk as Buffer)
    await stdout.ready()
  }
  stdin.destroy()
  await sending
}

export function parsePorts(text: string): { protocol: 'tcp' | 'udp'; local: number; remote: number } {
  const match = /^(?:(tcp|udp)\/)?(?:(\d{1,5}):)?(\d{1,5})$/.exec(text)
  const remote = Number(match?.[3])
  const local = match?.[2] === undefined ? remote : Number(match[2])
  if (match === null || remote < 1 || remote > 65_535 || local > 65_535) {
    throw new CliError('Usage', `"${text}" is not a port`, {
      remedy: 'Write REMOTE or LOCAL:REMOTE, as 22 or 8080:80, with udp/ before it for UDP.',
    })
  }
  return { protocol: match[1] === 'udp' ? 'udp' : 'tcp', local, remote }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
