/** Clock and timers of an instance. */

import type { Clock } from '@berth/api'
import type { ClockSpec, TimerSpec } from '@berth/hypervisor'

export function clockOf(clock: Clock = {}): ClockSpec {
  const timers = timersOf(clock.timer)
  return {
    utcOffsetSeconds: clock.utc?.offsetSeconds ?? 0,
    // A clock that is given in UTC is not moved by a zone.
    ...(clock.timezone === undefined || clock.utc !== undefined ? {} : { timezone: clock.timezone }),
    ...(timers === undefined ? {} : { timers }),
  }
}

/** A timer that is named is there, unless it says otherwise. Hyper-V's is one of the enlightenments (`hypervisor.ts`). */
function timersOf(timer: Clock['timer']): TimerSpec | undefined {
  if (timer === undefined) return undefined
  const { rtc, pit, hpet, kvm } = timer
  return {
    ...(rtc === undefined
      ? {}
      : {
          rtc: {
            ...known('tickPolicy', rtc.tickPolicy, ['delay', 'catchup'] as const),
            ...known('track', rtc.track, ['guest', 'wall'] as const),
          },
        }),
    ...(pit === undefined
      ? {}
      : {
          pit: {
            present: pit.present !== false,
            ...known('tickPolicy', pit.tickPolicy, ['delay', 'discard'] as const),
          },
        }),
    ...(hpet === undefined ? {} : { hpet: { present: hpet.present !== false } }),
    ...(kvm === undefined ? {} : { kvmclock: { present: kvm.present !== false } }),
  }
}

/** `{ [name]: value }` when the value is one of those; admission has refused any other. */
function known<Name extends string, Value extends string>(
  name: Name,
  value: string | undefined,
  values: readonly Value[],
): { [key in Name]?: Value } {
  const found = values.find((each) => each === value)
  // TypeScript widens a computed key to string.
  return found === undefined ? {} : ({ [name]: found } as { [key in Name]?: Value })
}
