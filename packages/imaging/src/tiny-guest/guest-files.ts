/** The files of the tiny guest's initial RAM disk that are ours: init, services, network, power button. */

import type { CpioEntry } from '../cpio.ts'

/** Printed on the serial console when the guest is up and obeys the power button. */
export const guestMarker = 'berth guest ready'

/**
 * Modules the guest loads before it greets, and after. The kernel package may lack some of them: those are built into that
 * kernel, or its flavour does without the device.
 */
export const guestModules = {
  early: ['virtio_pci', 'virtio_blk', 'button', 'evdev', 'af_packet', 'virtio_net'],
  late: [
    'virtio_console',
    'virtio_rng',
    'virtio_balloon',
    'virtio_scsi',
    'sd_mod',
    'ahci',
    'ata_piix',
    'sr_mod',
    'isofs',
    'ext4',
  ],
} as const

// berth.probe=1 ends the boot before any module is loaded: the prober only wants to know that the CPU runs a kernel.
const init = `#!/bin/sh
export PATH=/bin:/sbin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
console=/dev/ttyS0
(: >$console) 2>/dev/null || console=/dev/console
hostname=berth
for word in $(cat /proc/cmdline); do
  case $word in
    berth.probe=1) echo '${guestMarker}' >$console; exec poweroff -f ;;
    berth.hostname=*) hostname=\${word#*=} ;;
  esac
done
hostname "$hostname"
mkdir -p /dev/pts /run /tmp
mount -t devpts pts /dev/pts
mount -t tmpfs run /run
/etc/load early
ip link set lo up
acpid -l /run/acpid.log -p /run/acpid.pid
cat >$console <<END

${guestMarker}

  Hello from $hostname: a Linux $(uname -r) guest, run by Berth.
  This is a root shell. "poweroff" ends the guest.

END
exec init
`

const load = `#!/bin/sh
while read -r module; do insmod "/lib/modules/$module"; done <"/lib/modules/$1" 2>>/run/modules.log
`

const late = `#!/bin/sh
export PATH=/bin:/sbin
/etc/load late
for disk in /dev/vda /dev/sda; do
  [ -b $disk ] && mkdir -p /disk && mount $disk /disk 2>/dev/null && break
done
`

const inittab = `::once:/etc/network
::once:/etc/late
ttyS0::respawn:-/bin/sh
tty1::respawn:-/bin/sh
::ctrlaltdel:/etc/acpi/restart
`

const network = `#!/bin/sh
export PATH=/bin:/sbin
tries=0
while [ ! -e /sys/class/net/eth0 ]; do
  tries=$((tries + 1))
  [ $tries -gt 50 ] && exit 0
  usleep 100000
done
ip link set eth0 up
exec udhcpc -i eth0 -f -q -n -t 10 -T 1 -s /etc/udhcpc -x "hostname:$(hostname)" >/run/udhcpc.log 2>&1
`

const udhcpc = `#!/bin/sh
case $1 in
  bound|renew)
    ip addr replace "$ip/\${mask:-24}" dev "$interface"
    for gateway in $router; do ip route replace default via "$gateway" dev "$interface"; done
    : >/etc/resolv.conf
    [ -n "$domain" ] && echo "search $domain" >>/etc/resolv.conf
    for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
    ;;
  deconfig) ip addr flush dev "$interface" ;;
esac
`

const powerButton = `#!/bin/sh
sync
umount -a -r 2>/dev/null
exec poweroff -f
`

const restart = `#!/bin/sh
sync
umount -a -r 2>/dev/null
exec reboot -f
`

const profile = `export PATH=/bin:/sbin HOME=/root TERM=linux
PS1='root@\\h:\\w# '
cd /root
`

export interface GuestModule {
  name: string
  content: Buffer
}

/** In load order: each phase's modules come after what they need. */
export interface GuestModules {
  early: GuestModule[]
  late: GuestModule[]
}

export interface GuestContent {
  busybox: Buffer
  /** Names under which busybox is called, such as `sh` and `ip`. */
  applets: readonly string[]
  modules: GuestModules
}

/** The initial RAM disk's entries, parents first. */
export function guestEntries({ busybox, applets, modules }: GuestContent): CpioEntry[] {
  const script = (path: string, content: string): CpioEntry => ({ kind: 'file', path, content, mode: 0o755 })
  const directories = ['bin', 'dev', 'etc', 'etc/acpi', 'etc/acpi/PWRF', 'lib', 'lib/modules', 'proc', 'root', 'sys']
  return [
    ...directories.map((path): CpioEntry => ({ kind: 'directory', path })),
    { kind: 'symlink', path: 'sbin', target: 'bin' },
    // The kernel opens /dev/console for init before anything is mounted.
    { kind: 'character', path: 'dev/console', major: 5, minor: 1 },
    { kind: 'file', path: 'bin/busybox', content: busybox, mode: 0o755 },
    ...applets
      .filter((name) => name !== 'busybox')
      .map((name): CpioEntry => ({ kind: 'symlink', path: `bin/${name}`, target: 'busybox' })),
    script('init', init),
    { kind: 'file', path: 'etc/inittab', content: inittab },
    { kind: 'file', path: 'etc/passwd', content: 'root::0:0:root:/root:/bin/sh\n' },
    { kind: 'file', path: 'etc/profile', content: profile },
    script('etc/load', load),
    script('etc/late', late),
    script('etc/network', network),
    script('etc/udhcpc', udhcpc),
    // The file name is busybox acpid's name of the power button's event.
    script('etc/acpi/PWRF/00000080', powerButton),
    script('etc/acpi/restart', restart),
    ...[...modules.early, ...modules.late].map(({ name, content }): CpioEntry => ({
      kind: 'file',
      path: `lib/modules/${name}`,
      content,
    })),
    { kind: 'file', path: 'lib/modules/early', content: names(modules.early) },
    { kind: 'file', path: 'lib/modules/late', content: names(modules.late) },
  ]
}

function names(modules: readonly GuestModule[]): string {
  return modules.map(({ name }) => `${name}\n`).join('')
}
