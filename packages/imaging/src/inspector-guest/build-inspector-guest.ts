/**
 * The guest that tells what it sees: the tiny guest with a driver for every device, the guest agent, and the programs that list
 * processors, disks and SMBIOS tables. For tests of machines: what a manifest asks for is compared with what this guest reports.
 */

import { join } from 'node:path'
import { writeCpio, type CpioEntry } from '../cpio.ts'
import { readBusybox } from '../tiny-guest/busybox.ts'
import { type TinyGuest, type TinyGuestRequest, tinyGuestCmdline } from '../tiny-guest/build-tiny-guest.ts'
import { cachedGuest } from '../tiny-guest/cached-guest.ts'
import { guestEntries } from '../tiny-guest/guest-files.ts'
import { downloadKernel, findGuestPackages, fullKernels } from '../tiny-guest/packages.ts'
import { readKernel } from '../tiny-guest/read-kernel.ts'
import { unpackKernel } from '../tiny-guest/unpack-kernel.ts'
import { inspectorModules } from './inspector-modules.ts'
import { readInspectorTools } from './inspector-tools.ts'

/** Printed once every driver is loaded and the guest agent runs: from here on the answers are complete. */
const inspectorMarker = 'berth inspector ready'

/** Runs after the greeting, in place of the tiny guest's own: see `guest-files.ts`. */
const late = `#!/bin/sh
export PATH=/bin:/sbin
/etc/load late
mkdir -p /var/run /var/log /usr/sbin /usr/bin
ln -s /bin/busybox /usr/sbin/chpasswd
[ -d /sys/firmware/efi/efivars ] && mount -t efivarfs efivars /sys/firmware/efi/efivars
[ -e /dev/virtio-ports/org.qemu.guest_agent.0 ] || {
  mkdir -p /dev/virtio-ports
  for port in /sys/class/virtio-ports/*; do
    [ -e "$port/name" ] && ln -s "/dev/\${port##*/}" "/dev/virtio-ports/$(cat "$port/name")"
  done
}
[ -e /dev/virtio-ports/org.qemu.guest_agent.0 ] && qemu-ga -d -t /run -f /run/qemu-ga.pid -l /run/qemu-ga.log
echo '${inspectorMarker}' >/dev/console
`

/** One line for each device: slot, class, vendor:device, driver. */
const lspci = `#!/bin/sh
cd /sys/bus/pci/devices || exit 1
for slot in *; do
  driver=$(readlink "$slot/driver")
  echo "$slot $(cut -c3- "$slot/class") $(cut -c3- "$slot/vendor"):$(cut -c3- "$slot/device") \${driver##*/}"
done
`

const ours: CpioEntry[] = [
  { kind: 'file', path: 'bin/lspci', content: lspci, mode: 0o755 },
  { kind: 'directory', path: 'lib64' },
  { kind: 'file', path: 'etc/late', content: late, mode: 0o755 },
  { kind: 'file', path: 'etc/group', content: 'root:x:0:\n' },
  { kind: 'file', path: 'etc/shadow', content: 'root:*:19000:0:99999:7:::\n', mode: 0o600 },
  { kind: 'file', path: 'etc/shells', content: '/bin/sh\n' },
  { kind: 'file', path: 'etc/os-release', content: 'ID=berth\nNAME=Berth\nPRETTY_NAME="Berth inspector"\n' },
]

/**
 * Makes the guest (about 100 MB are downloaded), or returns the one made before.
 * @throws {ImagingError} PackagesUnavailable, ToolMissing, CorruptData, Unsupported, NoSpace, Aborted
 */
export function buildInspectorGuest({ directory, onProgress, signal }: TinyGuestRequest): Promise<TinyGuest> {
  return cachedGuest(
    {
      directory,
      name: 'inspector-guest',
      recipe: [
        'unpacked kernel',
        inspectorModules,
        ours,
        guestEntries({ busybox: Buffer.alloc(0), applets: [], modules: { early: [], late: [] } }),
      ],
      marker: inspectorMarker,
      cmdline: tinyGuestCmdline,
      signal,
    },
    async (work) => {
      const packages = await findGuestPackages(fullKernels, signal)
      const debs = await downloadKernel(packages, { directory: work, onProgress, signal })
      const [kernel, busybox, tools] = await Promise.all([
        readKernel(debs, inspectorModules, signal),
        readBusybox(join(work, 'busybox'), signal),
        readInspectorTools(work, signal),
      ])
      const applets = busybox.applets.filter((name) => !tools.some(({ path }) => path === `bin/${name}`))
      const base = guestEntries({ busybox: busybox.busybox, applets, modules: kernel.modules })
      const replaced = new Set(ours.map(({ path }) => path))
      const initrd = writeCpio([...base.filter(({ path }) => !replaced.has(path)), ...ours, ...tools])
      const unpackedKernel = await unpackKernel(kernel.image, signal)
      return { kernel: kernel.image, unpackedKernel, initrd, kernelVersion: packages.kernel[0]?.version ?? '' }
    },
  )
}
