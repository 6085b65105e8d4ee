/** One action on one object as one would type it elsewhere. What a tool has no command for is left out. */

import type { ObjectReference } from '../protocol/reference.ts'
import type { ActionSpec } from './action.ts'
import { callsOf, type ApiCall, type CallOptions } from './api-call.ts'

export interface ShownAs {
  berth?: string
  virtctl?: string
  kubectl?: string
  /** Requests with their bodies. */
  api: string
}

/** Words after the command's name; `target` stands for the machine's name. */
const words: Partial<Record<ActionSpec['id'], { berth?: string; virtctl?: string }>> = {
  start: { berth: 'vm start', virtctl: 'start' },
  stop: { berth: 'vm stop', virtctl: 'stop' },
  'force-stop': { berth: 'vm stop --force', virtctl: 'stop --force --grace-period=0' },
  restart: { berth: 'vm restart', virtctl: 'restart' },
  'force-restart': { berth: 'vm restart --force', virtctl: 'restart --force --grace-period=0' },
  pause: { berth: 'vm pause', virtctl: 'pause vm' },
  unpause: { berth: 'vm unpause', virtctl: 'unpause vm' },
  'soft-reboot': { berth: 'vm soft-reboot', virtctl: 'soft-reboot' },
  reset: { berth: 'vm reset', virtctl: 'reset' },
  migrate: { virtctl: 'migrate' },
  snapshot: { berth: 'vm snapshot' },
  vnc: { berth: 'vm vnc', virtctl: 'vnc' },
  console: { berth: 'vm console', virtctl: 'console' },
  delete: { berth: 'vm delete' },
}

export interface ShowOptions extends CallOptions {
  /** The command a person types: `./berth`. */
  command?: string
}

export function showAs(action: ActionSpec, target: ObjectReference, options: ShowOptions = {}): ShownAs {
  const { command = 'berth', ...callOptions } = options
  const calls = callsOf(action, target, callOptions)
  const isMachine = target.resource === 'virtualmachines'
  const { berth, virtctl } = words[action.id] ?? {}
  const place = target.namespace === undefined ? '' : ` -n ${shellWord(target.namespace)}`
  const name = shellWord(target.name)
  const kept = action.id === 'delete' && options.keepDisks === true ? ' --keep-disks' : ''
  const grace =
    action.id === 'stop' && options.gracePeriod !== undefined ? ` --grace-period=${options.gracePeriod}` : ''
  // What berth has no word for is left to the others, rather than shown as something else.
  const typed = isMachine && berth !== undefined && grace === ''
  const kubectl = calls.map((call) => kubectlOf(call, target)).join('\n')
  return {
    ...(typed ? { berth: `${command} ${berth} ${name}${kept}${place}` } : {}),
    ...(isMachine && virtctl !== undefined ? { virtctl: `virtctl ${virtctl} ${name}${grace}${place}` } : {}),
    ...(kubectl === '' ? {} : { kubectl }),
    api: calls.map(apiText).join('\n\n'),
  }
}

/** kubectl has no verb for most subresources; `--raw` reaches them all. */
function kubectlOf({ method, path, body }: ApiCall, target: ObjectReference): string {
  const place = target.namespace === undefined ? '' : ` -n ${shellWord(target.namespace)}`
  if (method === 'DELETE')
    return `kubectl delete ${target.resource}.${target.group || 'core'} ${shellWord(target.name)}${place}`.replace(
      '.core ',
      ' ',
    )
  if (method === 'POST') return `kubectl create -f - <<< ${shellWord(JSON.stringify(body ?? {}))}`
  if (method === 'PATCH') {
    const [resource = '', name = ''] = path.split('/').slice(-2).map(decodeURIComponent)
    return `kubectl patch ${resource} ${shellWord(name)}${place} --type merge -p ${shellWord(JSON.stringify(body))}`
  }
  return `kubectl replace --raw ${shellWord(path)} -f - <<< ${shellWord(JSON.stringify(body ?? {}))}`
}

function apiText({ method, path, body, contentType }: ApiCall): string {
  const head = [
    `${method} ${path}`,
    ...(body === undefined ? [] : [`Content-Type: ${contentType ?? 'application/json'}`]),
  ]
  return body === undefined ? head.join('\n') : `${head.join('\n')}\n\n${JSON.stringify(body, undefined, 2)}`
}

/** Safe to paste into a shell, whatever is in it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
