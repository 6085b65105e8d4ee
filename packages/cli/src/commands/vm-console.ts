/** `berth vm console`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions, session } from '../connection/options.ts'

export const vmConsole: CommandSpec = {
  name: 'vm console',
  summary: "use a VM's serial console; Ctrl+] leaves it",
  args: [{ name: 'NAME', summary: 'the VM', completion: 'machine' }],
  options: [
    { flags: '--timeout DURATION', summary: 'how long to wait for a VM that is starting', default: '5m' },
    ...connectionOptions,
  ],
  examples: ['vm console web'],
  async run(input, context) {
    const [{ joinConsole }, { openWhenRunning }] = await Promise.all([
      import('../machines/console.ts'),
      import('../machines/streams.ts'),
    ])
    const { client, namespace } = await session(input, context)
    const target = { namespace, name: input.arg(0) }
    const stream = await openWhenRunning(context, client, {
      target,
      subresource: 'console',
      timeoutMs: input.duration('timeout') ?? 300_000,
      text: `Waiting for the console of VM "${target.name}"`,
    })
    const { stderr } = context.terminal
    stderr.write(`Connected to the console of VM "${target.name}". Ctrl+] leaves it.\n`)
    await joinConsole(context.terminal, stream, context.signal)
    stderr.write('\n')
  },
}
