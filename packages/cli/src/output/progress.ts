/** Progress of long steps: one line that changes in place on a terminal, plain lines elsewhere. */

import type { Clock } from '@berth/base'
import { printable, type OutputStream, type Style } from '../terminal.ts'

export interface Step {
  /** Tells the step more exactly: a percentage, a state. */
  update(text: string): void
  done(text?: string): void
  /** Ends the line without saying that it is done; the failure is told elsewhere. */
  fail(): void
  /** Ends the line without a word. */
  close(): void
}

export interface Progress {
  step(text: string): Step
  /** A line between steps. */
  note(text: string): void
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 100
/** Off a terminal a changing text (percentages) is told at most this often. */
const plainUpdateMs = 5000

export function createProgress(stream: OutputStream, style: Style, clock: Clock): Progress {
  let current: { redraw(): void } | undefined

  function step(first: string): Step {
    const startedMs = clock.now().getTime()
    let text = first
    let frame = 0
    let ended = false
    let toldMs = startedMs
    let cancelTimer = (): void => {}
    const self = { redraw: draw }

    function draw(): void {
      if (!stream.isTTY) return
      const line = `${frames[frame % frames.length] ?? ''} ${text} ${elapsed()}`
      stream.write(
        `\r\u001B[K${Array.from(printable(line))
          .slice(0, Math.max(10, stream.columns - 1))
          .join('')}`,
      )
    }

    function tick(): void {
      frame += 1
      draw()
      cancelTimer = clock.after(frameMs, tick)
    }

    function elapsed(): string {
      const ms = clock.now().getTime() - startedMs
      return ms < 1000 ? '' : `(${formatElapsed(ms)})`
    }

    function end(line: string | undefined): void {
      if (ended) return
      ended = true
      cancelTimer()
      if (current === self) current = undefined
      if (stream.isTTY) stream.write('\r\u001B[K')
      if (line !== undefined) stream.write(`${line}\n`)
    }

    current = self
    if (stream.isTTY) tick()
    else stream.write(`${printable(text)} ...\n`)
    return {
      update(next) {
        if (next === text || ended) return
        text = next
        const nowMs = clock.now().getTime()
        if (stream.isTTY) draw()
        else if (nowMs - toldMs >= plainUpdateMs) {
          toldMs = nowMs
          stream.write(`${printable(text)} ...\n`)
        }
      },
      done(last = text) {
        end(`${style.green('✓')} ${[printable(last), elapsed()].filter((part) => part !== '').join(' ')}`)
      },
      fail() {
        end(stream.isTTY ? `${style.red('✗')} ${printable(text)} ${elapsed()}`.trimEnd() : undefined)
      },
      close() {
        end(undefined)
      },
    }
  }

  return {
    step,
    note(text) {
      if (stream.isTTY && current !== undefined) stream.write('\r\u001B[K')
      stream.write(`${printable(text)}\n`)
      current?.redraw()
    },
  }
}

/** `850 ms`, `4.2 s`, `2m05s`. */
export function formatElapsed(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 100_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`
}

/** Runs `work` as one step: done with its outcome, failed when it throws. */
export async function asStep<T>(progress: Progress, text: string, work: (step: Step) => Promise<T>): Promise<T> {
  const step = progress.step(text)
  try {
    const result = await work(step)
    step.done()
    return result
  } catch (error) {
    step.fail()
    throw error
  }
}
