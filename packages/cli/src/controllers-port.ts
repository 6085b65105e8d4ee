/** What `berth` needs of the controllers that run on both backends, loaded only by the commands that use it: see engine-port.ts. */

import type * as controllers from '@berth/controllers'

export type ControllersPort = Pick<
  typeof controllers,
  | 'startControllers'
  | 'runControllers'
  | 'controllers'
  | 'customResourceDefinitions'
  | 'clusterRights'
  | 'installDefinitions'
>

export async function loadControllers(): Promise<ControllersPort> {
  return import('@berth/controllers')
}
