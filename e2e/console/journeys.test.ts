// People in a browser, one after another on one host: what each does is in a file of its own. The newcomer comes first, since they need a
// host that nobody has used; whoever kills programs comes last.
import { afterAll, describe } from 'vitest'
import { useBrowser } from './browser.ts'
import { useConsoleHost } from './console-host.ts'
import { describeAccessibility } from './journeys/accessibility.ts'
import { describeMachine } from './journeys/machine.ts'
import { describeNewcomer } from './journeys/newcomer.ts'
import { describeRecovery } from './journeys/recovery.ts'
import type { Stage } from './journeys/stage.ts'
import { describeStorage } from './journeys/storage.ts'
import { describeUploads } from './journeys/uploads.ts'
import { describeWorkloads } from './journeys/workloads.ts'

const stage: Stage = { browser: useBrowser(), host: useConsoleHost() }

const journeys: [string, (stage: Stage) => void][] = [
  ['from the printed link to a guest that obeys', describeNewcomer],
  ['every page by the rules', describeAccessibility],
  ['the page of a machine', describeMachine],
  ['the list of workloads', describeWorkloads],
  ['disks and snapshots', describeStorage],
  ['files and images', describeUploads],
  ['programs that die', describeRecovery],
]

describe.each(journeys)('%s', (_, journey) => {
  // Registered first, so that it comes last.
  afterAll(async () => {
    // A page that stays open draws all that happens to others.
    for (const context of stage.browser().contexts()) await context.close()
    await stage.host().kubectl('delete', 'vm', '--all', '--all-namespaces', '--now')
  })
  journey(stage)
})
