/** What each state looks like. */

import type { PrintableStatus } from '@berth/api'
import type { Tone } from './row.ts'

export const machineTones: Readonly<Record<PrintableStatus, Tone>> = {
  Running: 'running',
  Stopped: 'stopped',
  Paused: 'paused',
  Migrating: 'migrating',
  Starting: 'starting',
  Provisioning: 'starting',
  WaitingForVolumeBinding: 'starting',
  WaitingForReceiver: 'starting',
  // On their way, too, though the other way.
  Stopping: 'starting',
  Terminating: 'starting',
  CrashLoopBackOff: 'attention',
  ErrorUnschedulable: 'attention',
  ErrImagePull: 'attention',
  ImagePullBackOff: 'attention',
  ErrorPvcNotFound: 'attention',
  DataVolumeError: 'attention',
  Unknown: 'attention',
}
