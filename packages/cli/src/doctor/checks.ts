/** Every check of `berth doctor`, in the order they are shown. */

import { dataDirectoryChecks } from './data-directory-checks.ts'
import { engineChecks } from './engine-checks.ts'
import { hostChecks } from './host-checks.ts'
import { machineChecks } from './machine-checks.ts'
import { storageChecks } from './storage-checks.ts'
import type { Check } from './check.ts'

export const checks: readonly Check[] = [
  ...hostChecks,
  ...dataDirectoryChecks,
  ...engineChecks,
  ...storageChecks,
  ...machineChecks,
]
