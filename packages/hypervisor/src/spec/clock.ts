/** The clock of a machine and its timers. */

export interface ClockSpec {
  utcOffsetSeconds: number
  timezone?: string
  timers?: TimerSpec
}

/** What is absent is as QEMU has it. */
export interface TimerSpec {
  /** A late tick of the real-time clock is given again (`catchup`) or not; what its time follows. */
  rtc?: { tickPolicy?: 'delay' | 'catchup'; track?: 'guest' | 'wall' }
  pit?: { present: boolean; tickPolicy?: 'delay' | 'discard' }
  hpet?: { present: boolean }
  kvmclock?: { present: boolean }
}
