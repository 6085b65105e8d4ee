/** `berth version`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions, session } from '../connection/options.ts'
import { dataOutputOption } from '../output/print-objects.ts'
import { productVersion } from '../version.ts'

export const version: CommandSpec = {
  name: 'version',
  summary: 'show the version of this program and of the server',
  options: [{ flags: '--client', summary: 'do not ask the server' }, dataOutputOption, ...connectionOptions],
  examples: ['version', 'version --client'],
  async run(input, context) {
    const versions: Record<string, string> = { client: productVersion, node: process.version }
    let why: string | undefined
    if (!input.flag('client')) {
      try {
        const { client } = await session(input, context)
        versions['kubernetes'] = await gitVersion(client, '/version')
        versions['kubevirt'] = await gitVersion(client, '/apis/subresources.kubevirt.io/v1/version')
      } catch (error) {
        // No server, or one without VMs: this program's version is still an answer.
        const { failureOf } = await import('../failure-of.ts')
        why = failureOf(error).message
      }
    }
    const format = input.text('output')
    if (format === 'json' || format === 'yaml') {
      const { printData } = await import('../output/print-objects.ts')
      return printData(context, versions, format)
    }
    const { renderFields } = await import('../output/table.ts')
    const titles: Record<string, string> = {
      client: 'Berth',
      node: 'Node.js',
      kubernetes: 'Kubernetes API',
      kubevirt: 'KubeVirt API',
    }
    context.terminal.stdout.write(
      renderFields(Object.entries(versions).map(([name, text]) => [titles[name] ?? name, text])),
    )
    if (why !== undefined) context.terminal.stderr.write(`note: not everything is known: ${why}\n`)
  },
}

type Session = Awaited<ReturnType<typeof session>>

async function gitVersion(client: Session['client'], path: string): Promise<string> {
  const answer = await client.raw({ method: 'GET', path })
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return 'unknown'
  return typeof answer['gitVersion'] === 'string' ? answer['gitVersion'] : 'unknown'
}
