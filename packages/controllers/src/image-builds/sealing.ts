/** What makes a system one certain machine, and is made anew by each machine that starts from the image. */

/** @param all false: only what the build itself has left there, for its secrets */
export function sealing(all: boolean): string {
  return [
    ...(all ? identity : []),
    ...stateOfCloudInit,
    ...(all ? traces : []),
    'fstrim -a 2>/dev/null || true',
    'sync',
  ].join('\n')
}

const identity = [
  // Empty, not gone: systemd then makes one at the first start, also on file systems that begin read-only.
  'if [ -e /etc/machine-id ]; then : >/etc/machine-id; fi',
  'if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then rm -f /var/lib/dbus/machine-id; fi',
  'rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub',
  'rm -f /var/lib/systemd/random-seed /var/lib/urandom/random-seed /var/lib/systemd/credential.secret',
  'rm -f /var/lib/NetworkManager/secret_key /var/lib/NetworkManager/*.lease /var/lib/dhcp/*.leases /var/lib/dhclient/*',
  'rm -f /etc/udev/rules.d/70-persistent-net.rules',
  // Written by cloud-init for the cards of the machine that did the work.
  'rm -f /etc/netplan/50-cloud-init.yaml /etc/network/interfaces.d/50-cloud-init*',
  'rm -f /etc/NetworkManager/system-connections/cloud-init-*.nmconnection /etc/systemd/network/10-cloud-init-*.network',
  'echo localhost >/etc/hostname',
]

/** The user data with what is secret in it lies here, and the scripts made of it. */
const stateOfCloudInit = [
  'cloud-init clean --logs >/dev/null 2>&1 || true',
  'rm -rf /var/lib/cloud/instance /var/lib/cloud/instances /var/lib/cloud/data /var/lib/cloud/sem /var/lib/cloud/seed',
  'rm -rf /run/berth-command',
]

const traces = [
  'if command -v apt-get >/dev/null; then apt-get clean; rm -rf /var/lib/apt/lists/*; fi',
  'if command -v dnf >/dev/null; then dnf -q clean all; fi',
  'rm -f /root/.bash_history /root/.ash_history /home/*/.bash_history /home/*/.ash_history',
  'rm -rf /var/log/journal/* /var/crash/*',
  'find /var/log -type f -exec sh -c \': >"$1"\' sh {} \\;',
  'find /tmp /var/tmp -mindepth 1 -maxdepth 1 ! -name "systemd-private-*" -exec rm -rf {} + 2>/dev/null || true',
]
