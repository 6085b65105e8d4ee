/** `berth vm logs`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions, session } from '../connection/options.ts'
import { CliError } from '../failure.ts'

/** KubeVirt's container that repeats the serial console; the embedded engine's launcher logs it itself. */
const consoleLogContainer = 'guest-console-log'

export const vmLogs: CommandSpec = {
  name: 'vm logs',
  summary: 'show what a VM printed on its serial console',
  description:
    'On a terminal the text alone, without what the guest printed to steer one; into a file or pipe every byte as it came.',
  args: [{ name: 'NAME', summary: 'the VM', completion: 'machine' }],
  options: [
    { flags: '-f, --follow', summary: 'go on as more comes' },
    { flags: '--tail LINES', summary: 'only the last lines' },
    ...connectionOptions,
  ],
  examples: ['vm logs web', 'vm logs web -f --tail 20'],
  async run(input, context) {
    const [{ openStream, pathOf, pods, queryOf }, { getInstance }, { plainText }] = await Promise.all([
      import('@berth/kube'),
      import('../machines/find.ts'),
      import('../output/plain-text.ts'),
    ])
    const { client, namespace } = await session(input, context)
    const name = input.arg(0)
    const instance = await getInstance(client, { namespace, name })
    const labelSelector = `kubevirt.io/created-by=${instance.metadata.uid ?? ''}`
    const { items } = await client.list(pods, { namespace, labelSelector })
    // While a machine moves it has two; the newer one is where it will be.
    const pod = items
      .toSorted((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''))
      .at(-1)
    if (pod === undefined) {
      throw new CliError('Refused', `VM "${name}" has not started yet`, {
        remedy: `See \`berth vm describe ${name}\`.`,
      })
    }
    const containers = pod.spec.containers.map((container) => container.name)
    const container = containers.includes(consoleLogContainer) ? consoleLogContainer : containers[0]
    const query = queryOf({
      container,
      follow: input.flag('follow') ? true : undefined,
      tailLines: input.integer('tail', { min: 0, max: 1_000_000 }),
    })
    const path = pathOf(pods, { namespace, name: pod.metadata.name ?? '', subresource: 'log' }) + query
    const { stdout } = context.terminal
    const plain = stdout.isTTY ? plainText() : undefined
    for await (const chunk of await openStream(client, { path, signal: context.signal })) {
      stdout.write(plain === undefined ? chunk : plain(chunk))
      await stdout.ready()
    }
  },
}
