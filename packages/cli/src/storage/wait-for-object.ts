/** Waits until one object is as it should be, telling meanwhile how far it is. */

import { createInformer, type Client } from '@berth/kube'
import type { KubeObject, Resource } from '@berth/meta'
import { judgeSettled, type Settled } from '@berth/view'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import { formatElapsed, type Step } from '../output/progress.ts'

export interface Wait<T extends KubeObject> {
  resource: Resource<T>
  target: { namespace: string; name: string }
  /** `Taking snapshot "x" of VM "web"` */
  text: string
  /** Said at the end. */
  doneText: string | ((object: Readonly<T>) => string)
  timeoutMs: number
  /** How it stands; what the kind's status says unless given. `undefined` is an object that is gone. */
  judge?: (object: Readonly<T> | undefined) => Settled
  /** What to do when it fails or takes too long. */
  remedy: string
  /** A step that is shown already. */
  step?: Step
}

/** @throws {CliError} Failed, Timeout, Interrupted */
export async function waitForObject<T extends KubeObject>(
  context: CommandContext,
  client: Client,
  wait: Wait<T>,
): Promise<Readonly<T> | undefined> {
  const { resource, target, text, doneText, timeoutMs, remedy } = wait
  const judge = wait.judge ?? ((object) => defaultJudge(resource, object))
  const { clock, signal } = context
  const step = wait.step ?? context.progress.step(text)
  const informer = createInformer({
    client,
    resource,
    namespace: target.namespace,
    fieldSelector: `metadata.name=${target.name}`,
    clock,
  })
  let status = ''
  let cancelTimeout = (): void => {}
  try {
    const object = await new Promise<Readonly<T> | undefined>((resolve, reject) => {
      const look = (): void => {
        if (!informer.synced) return
        const found = informer.get(target.namespace, target.name)
        const verdict = judge(found)
        if (verdict.kind === 'reached') return resolve(found)
        if (verdict.kind === 'hopeless')
          return reject(new CliError('Failed', `${text} failed: ${verdict.why}`, { remedy }))
        status = verdict.status
        step.update(`${text}: ${status}`)
      }
      informer.on(look)
      void informer.start().then(look)
      cancelTimeout = clock.after(timeoutMs, () =>
        reject(
          new CliError(
            'Timeout',
            `${text}: not done after ${formatElapsed(timeoutMs)}${status === '' ? '' : ` (${status})`}`,
            {
              remedy: `It goes on by itself. ${remedy}`,
            },
          ),
        ),
      )
      const interrupted = (): void => reject(new CliError('Interrupted', 'interrupted'))
      if (signal.aborted) interrupted()
      else signal.addEventListener('abort', interrupted, { once: true })
    })
    if (wait.step === undefined) {
      step.done(typeof doneText === 'string' ? doneText : object === undefined ? text : doneText(object))
    }
    return object
  } catch (error) {
    step.fail()
    throw error
  } finally {
    cancelTimeout()
    await informer.stop()
  }
}

function defaultJudge(resource: Resource<KubeObject>, object: Readonly<KubeObject> | undefined): Settled {
  if (object === undefined) return { kind: 'hopeless', why: 'it was deleted meanwhile' }
  return judgeSettled(resource.resource, object)
}
