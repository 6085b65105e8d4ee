/** The engine's progress as lines, and the summary that ends a start. */

import { dirname } from 'node:path'
import type { CommandContext } from '../context.ts'
import type { EngineEvent, EngineSummary } from '../engine-port.ts'
import { adminKubeconfig } from '../locations.ts'
import { quoted } from '../suggestion.ts'
import type { Style } from '../terminal.ts'
import { formatElapsed, type Step } from './progress.ts'
import { renderFields } from './table.ts'

export interface EngineReporter {
  report(this: void, event: EngineEvent): void
  /** Ends the lines of steps that will not finish. */
  abandon(): void
}

export function engineReporter(context: CommandContext): EngineReporter {
  const { progress, style, terminal } = context
  const steps = new Map<string, Step>()
  return {
    report(event) {
      switch (event.kind) {
        case 'step':
          steps.set(event.id, progress.step(event.text))
          return
        case 'progress':
          steps.get(event.id)?.update(event.text)
          return
        case 'done':
          steps.get(event.id)?.done(event.text)
          steps.delete(event.id)
          return
        case 'failed':
          steps.get(event.id)?.fail()
          steps.delete(event.id)
          return
        case 'warning':
          progress.note(`${style.yellow('warning:')} ${event.text}`)
          if (event.remedy !== undefined) progress.note(context.spell(`next: ${event.remedy}`))
          return
        case 'listening':
          return
        case 'ready':
          terminal.stdout.write(
            context.spell(renderSummary(event.summary, { style, variables: variablesFor(event.summary, context) })),
          )
      }
    },
    abandon() {
      for (const step of steps.values()) step.fail()
    },
  }
}

/** Variables with which commands in another terminal find this engine; none when they do so by themselves. */
function variablesFor(
  { kubeconfig }: EngineSummary,
  { dataDirectory, environment }: CommandContext,
): [string, string][] {
  const named = environment['KUBECONFIG'] ?? ''
  return [
    ...(kubeconfig === adminKubeconfig(dataDirectory)
      ? []
      : [['BERTH_DATA_DIR', dirname(kubeconfig)] as [string, string]]),
    ...(named === '' || named === kubeconfig ? [] : [['KUBECONFIG', kubeconfig] as [string, string]]),
  ]
}

/** @param options.variables to be set first, by name */
export function renderSummary(
  summary: EngineSummary,
  { style, variables }: { style: Style; variables: readonly [string, string][] },
): string {
  const { server, kubeconfig, nodes, acceleration, adopted, times, sample } = summary
  const lines = [
    '',
    style.bold('Berth is up.'),
    '',
    renderFields([
      ['API', server],
      ['Kubeconfig', kubeconfig],
      ['Nodes', nodes.join(', ')],
      ['Virtual machines', acceleration === 'kvm' ? 'run with KVM' : 'run by emulation (no KVM)'],
      ...(adopted > 0 ? ([['Found running', String(adopted)]] as const) : []),
      ...times.map(({ what, ms }) => [capitalized(what), formatElapsed(ms)] as const),
      ...(sample === undefined ? [] : ([[`VM "${sample.name}" says`, sample.greeting]] as const)),
    ]).trimEnd(),
    '',
    'Try next, in another terminal:',
    ...variables.map(([variable, value]) => `  export ${variable}=${quoted(value)}`),
    ...firstCommands(summary).map((command) => `  ${command}`),
    `  kubectl --kubeconfig ${quoted(kubeconfig)} get vms`,
    '',
    'Ctrl-C stops the engine; VMs keep running.',
    '',
  ]
  return lines.join('\n')
}

function firstCommands({ sample, adopted }: EngineSummary): string[] {
  if (sample !== undefined) return ['berth vm list', `berth vm console ${sample.name}`]
  return adopted > 0 ? ['berth vm list', 'berth status'] : ['berth vm create web', 'berth vm console web']
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
