/** Follows an ImageBuild to its end: its log as it grows, its step on the last line. */

import { imageBuilds, type ImageBuild } from '@berth/api'
import { configMaps, wait, type Client } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'

const pollMs = 1000

/** @throws {CliError} Failed, Interrupted, in which case the build goes on */
export async function followBuild(client: Client, context: CommandContext, build: ImageBuild): Promise<ImageBuild> {
  const { namespace = '', name = '' } = build.metadata
  const step = context.progress.step(`Building image ${build.spec.publish.name}`)
  let told = 0
  try {
    for (;;) {
      const found = await client.get(imageBuilds, { namespace, name })
      const { phase = 'Pending', message = '', progress, step: inside } = found.status ?? {}
      const log = await logOf(client, found)
      // The log is cut at its begin when it is long: then its lines are not told twice, but some are left out.
      if (log.length > told)
        for (const line of log.slice(told).trimEnd().split('\n')) context.progress.note(`  ${line}`)
      told = Math.max(told, log.length)
      step.update(`${phase}: ${inside ?? message}${progress === undefined ? '' : ` (${progress})`}`)
      if (phase === 'Succeeded') {
        step.done(`Image "${build.spec.publish.name}" is there: ${message}`)
        return found
      }
      if (phase === 'Failed' || phase === 'Cancelled') {
        throw new CliError('Failed', `image build "${name}": ${message}`, {
          remedy: `See its log with: berth image log ${name} -n ${namespace}`,
        })
      }
      if (context.signal.aborted) throw interrupted(name, namespace)
      await wait(context.clock, pollMs, context.signal).catch(() => {
        throw interrupted(name, namespace)
      })
    }
  } catch (error) {
    step.fail()
    throw error
  }
}

function interrupted(name: string, namespace: string): CliError {
  return new CliError('Interrupted', `the build "${name}" goes on without being watched`, {
    remedy: `End it with: berth image cancel ${name} -n ${namespace}`,
  })
}

/** What is kept of it; empty while there is none. */
export async function logOf(client: Client, { metadata, status }: ImageBuild): Promise<string> {
  if (status?.logConfigMap === undefined) return ''
  const target = { namespace: metadata.namespace ?? '', name: status.logConfigMap }
  return (await unlessMissing(client.get(configMaps, target)))?.data?.['log'] ?? ''
}
