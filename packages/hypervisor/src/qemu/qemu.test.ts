import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { driverConformance } from '../driver.conformance.ts'
import { testGuest } from '../testing/guest.ts'
import { untilOnline } from '../testing/console.ts'
import { plainSpec } from '../testing/spec.ts'
import { createQemuDriver } from './create.ts'

driverConformance('QEMU', async () => {
  const guest = await testGuest()
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-qemu-')))
  return {
    open: () => createQemuDriver({ directory: folder, acceleration: 'tcg' }),
    spec: (id) => ({
      ...plainSpec(id),
      kernel: { path: guest.kernel, initrd: guest.initrd, cmdline: guest.cmdline },
    }),
    marker: guest.marker,
    online: untilOnline,
    remains: async () => (await readdir(folder)).filter((name) => !name.startsWith('.')),
    dispose: () => rm(folder, { recursive: true }),
  }
})
