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

/**
 * In place of the tiny guest's own: drivers of screens, sound, USB and network cards are loaded where there is a PCI device of their class
 * (PCI Code and ID Assignment, 1.3, .4, .12 and .2). All of them take an emulated guest as long as its kernel takes to boot.
 */
const load = `#!/bin/sh
classes=$(cat /sys/bus/pci/devices/*/class)
while read -r module; do
  case $module in
    drm | drm_* | ttm | bochs | cirrus | virtio_gpu | virtio_dma_buf) class=0x03 ;;
    snd | snd_* | soundcore | ledtrig_audio | ac97_bus) class=0x04 ;;
    usb* | uas | xhci_* | ehci_* | uhci_* | hid | hid_*) class=0x0c03 ;;
    e1000 | e1000e | igb | 8139* | ne2k_pci | 8390 | pcnet32) class=0x02 ;;
    *) class=0x ;;
  esac
  case $classes in *$class*) insmod "/lib/modules/$module" ;; esac
done <"/lib/modules/$1" 2>>/run/modules.log
`

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
  { kind: 'file', path: 'etc/load', content: load, mode: 0o755 },
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
