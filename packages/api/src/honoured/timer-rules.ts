/** Rules about a machine's timers: what the emulator can make of late ticks. */

import { only, when, yes, type RuleTable } from './rule.ts'

/** Below `spec.domain`. */
export const timerTable: RuleTable = {
  'clock.timer.rtc.present': only([true], 'machines always have a real-time clock'),
  'clock.timer.rtc.tickPolicy': only(
    ['delay', 'catchup'],
    'a late tick of the real-time clock is either given again (catchup) or late (delay)',
  ),
  'clock.timer.rtc.track': only(['guest', 'wall'], 'the real-time clock follows the guest or the wall clock'),
  'clock.timer.pit.present': yes,
  'clock.timer.pit.tickPolicy': when((value, { compute }) => {
    if (value === 'delay' || (value === 'discard' && compute?.acceleration !== 'tcg')) return undefined
    return value === 'discard'
      ? 'only KVM leaves out late ticks of this timer, and this host emulates processors'
      : 'a late tick of this timer is either late (delay) or left out (discard)'
  }),
  'clock.timer.hpet.present': yes,
  'clock.timer.hpet.tickPolicy': when((value) =>
    value === 'delay' ? undefined : 'late ticks of this timer are late: it knows only the policy delay',
  ),
}
