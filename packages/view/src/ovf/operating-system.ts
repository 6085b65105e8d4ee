/** Which preference suits the operating system that a descriptor names. */

import type { OvfOperatingSystem } from './ovf-machine.ts'

/**
 * By words in the vendor's type or the description, first match wins. Names are those of KubeVirt's common preferences; those of
 * Windows without "virtio" give it the devices it has drivers for from the start.
 */
const byWords: readonly (readonly [RegExp, string])[] = [
  [/windows.?(server.?)?2025|win2025|windows2025/i, 'windows.2k25'],
  [/windows.?(server.?)?2022|win2022|windows2019srvNext/i, 'windows.2k22'],
  [/windows.?(server.?)?2019|win2019|windows2019srv/i, 'windows.2k19'],
  [/windows.?(server.?)?2016|win2016|windows9server/i, 'windows.2k16'],
  [/windows.?(server.?)?2012|win2k?12|windows8server/i, 'windows.2k12'],
  [/windows.?(server.?)?2008|win2k?8|winLonghorn|windows7server/i, 'windows.2k8'],
  [/windows.?(server.?)?2003|win2k?3|winNet/i, 'windows.2k3'],
  [/windows.?11|win11|windows11/i, 'windows.11'],
  [/windows.?10|win10|windows9/i, 'windows.10'],
  [/windows.?7|win7/i, 'windows.7'],
  [/windows.?xp|winxp/i, 'windows.xp'],
  [/ubuntu/i, 'ubuntu'],
  [/debian/i, 'debian'],
  [/fedora/i, 'fedora'],
  [/(rhel|red.?hat)\D*10/i, 'rhel.10'],
  [/(rhel|red.?hat)\D*9/i, 'rhel.9'],
  [/(rhel|red.?hat)\D*8/i, 'rhel.8'],
  [/(rhel|red.?hat)\D*7/i, 'rhel.7'],
  [/oracle/i, 'oraclelinux'],
  [/centos\D*10/i, 'centos.stream10'],
  [/centos/i, 'centos.stream9'],
  [/rocky|almalinux/i, 'rhel.9'],
  [/sles|suse linux enterprise/i, 'sles'],
  [/tumbleweed/i, 'opensuse.tumbleweed'],
  [/opensuse/i, 'opensuse.leap'],
  [/alpine/i, 'alpine'],
]

/** CIM_OperatingSystem.OsType, as far as it tells more than "Linux". */
const byNumber: ReadonlyMap<number, string> = new Map([
  [67, 'windows.xp'],
  [69, 'windows.2k3'],
  [70, 'windows.2k3'],
  [76, 'windows.2k8'],
  [77, 'windows.2k8'],
  [103, 'windows.2k8'],
  [105, 'windows.7'],
  [112, 'windows.2k8'],
  [115, 'windows.2k12'],
  [116, 'windows.2k12'],
  [119, 'windows.10'],
  [120, 'windows.10'],
  [121, 'windows.2k16'],
  [93, 'ubuntu'],
  [94, 'ubuntu'],
  [95, 'debian'],
  [96, 'debian'],
  [79, 'rhel.7'],
  [80, 'rhel.7'],
])

/** @returns a name of the common preferences, or undefined when nothing is known for sure */
export function preferenceFor(os: OvfOperatingSystem): string | undefined {
  const words = `${os.type ?? ''} ${os.description ?? ''}`
  const named = byWords.find(([pattern]) => pattern.test(words))?.[1]
  return named ?? (os.id === undefined ? undefined : byNumber.get(os.id))
}

export function isWindows(os: OvfOperatingSystem): boolean {
  return preferenceFor(os)?.startsWith('windows') === true || /\bwin(dows|[0-9N])|^win/i.test(os.type ?? '')
}
