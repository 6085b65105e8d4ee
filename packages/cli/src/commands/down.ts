/** `berth down`. */

import type { CommandSpec } from '../command.ts'
import { dataDirectoryOption } from '../connection/options.ts'

export const down: CommandSpec = {
  name: 'down',
  summary: 'stop the engine on this host and every VM it runs',
  description:
    'Guests are asked to shut down first. Disks and definitions stay; `berth up` starts what is meant to run.',
  options: [dataDirectoryOption],
  examples: ['down'],
  async run(input, context) {
    const { engineReporter } = await import('../output/engine-events.ts')
    const engine = await context.engine()
    const reporter = engineReporter(context)
    try {
      const result = await engine.stopAll({
        dataDir: input.text('dataDir') ?? context.dataDirectory,
        onProgress: reporter.report,
        signal: context.signal,
      })
      context.terminal.stdout.write(outcome(result))
    } catch (error) {
      reporter.abandon()
      throw error
    }
  },
}

export function outcome(result: { engineWasRunning: boolean; stoppedMachines: number }): string {
  const { engineWasRunning, stoppedMachines } = result
  if (!engineWasRunning && stoppedMachines === 0) return 'Nothing was running.\n'
  const machines =
    stoppedMachines === 0 ? 'No VM was running' : `${stoppedMachines} ${stoppedMachines === 1 ? 'VM' : 'VMs'} stopped`
  return `${engineWasRunning ? 'Engine stopped' : 'The engine was not running'}. ${machines}.\n`
}
