/** The devices of a machine that clients connect to. Who may when is decided in packages/api, before the upgrade. */

import { checkConsole, checkUsbRedirection, checkVnc } from '@berth/api'
import type { DeviceStream } from './device-stream.ts'

/** One session; the newest wins. */
export const serialConsole: DeviceStream = {
  kind: 'console',
  check: checkConsole,
  open: (domain) => domain.openSerial(),
}

/** One session; the newest wins, unless it asks to preserve the one there is. */
export const screen: DeviceStream = {
  kind: 'vnc',
  check: checkVnc,
  open: (domain, query) => domain.openVnc({ preserve: isTrue(query.get('preserveSession')) }),
  busy: 'Active VNC connection. Request denied.',
}

/** A session per slot, never taken over: the guest would see its device pulled. */
export const usbRedirection: DeviceStream = {
  kind: 'usbredir',
  check: checkUsbRedirection,
  open: (domain) => domain.openUsbRedirection(),
  busy: 'All USB devices are in use.',
}

/** As Go's strconv.ParseBool reads it; anything else is false, as in KubeVirt. */
function isTrue(text: string | null): boolean {
  return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text ?? '')
}
