/** Whether a machine runs, live. */

import type { VirtualMachineInstance } from '@berth/api'
import { useChannel } from '../../live/index.ts'
import type { ConsoleTarget } from './stream-address.ts'

export interface MachineState {
  running: boolean
  instance: VirtualMachineInstance | undefined
  /** The instance can't be read, and why. */
  refused: string | undefined
}

export function useMachineState({ cluster, namespace, name }: ConsoleTarget): MachineState {
  const { value, refusal } = useChannel('object', {
    cluster,
    group: 'kubevirt.io',
    version: 'v1',
    resource: 'virtualmachineinstances',
    namespace,
    name,
  })
  // An object of that resource.
  const instance = value?.state === 'absent' ? undefined : (value?.object as VirtualMachineInstance | undefined)
  return { running: instance?.status?.phase === 'Running', instance, refused: refusal?.message }
}
