import { readdir } from 'node:fs/promises'
import { driverConformance } from '../driver.conformance.ts'
import { untilOnline } from '../testing/console.ts'
import { makeImage, makeOverlay } from '../testing/images.ts'
import { QemuBench } from '../testing/qemu.ts'
import { plainSpec } from '../testing/spec.ts'

driverConformance('QEMU', async () => {
  const bench = await QemuBench.create()
  return {
    open: () => bench.open(),
    spec(id) {
      const { graphics, nics } = plainSpec(id)
      return bench.spec(id, { graphics, nics })
    },
    marker: bench.marker,
    async disk(name) {
      const path = await makeImage(bench.file(name), 1024 ** 2)
      return { name, path, format: 'qcow2', device: 'disk', bus: 'virtio', readOnly: false }
    },
    overlay: (disk, name) => makeOverlay(bench.file(name), disk),
    online: untilOnline,
    remains: async () => (await readdir(bench.directory)).filter((name) => !name.startsWith('.')),
    dispose: () => bench.dispose(),
  }
})
