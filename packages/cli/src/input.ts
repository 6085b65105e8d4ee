/** Parsed arguments and options, read by name. */

import { parseDuration } from '@berth/base'
import { CliError } from './failure.ts'

export type OptionValue = string | boolean | string[] | undefined

export class Input {
  readonly args: readonly string[]
  private readonly options: Readonly<Record<string, OptionValue>>

  constructor(args: readonly string[], options: Readonly<Record<string, OptionValue>>) {
    this.args = args
    this.options = options
  }

  /** An argument the command's spec requires; the parser has checked that it is there. */
  arg(index: number): string {
    return this.args[index] ?? ''
  }

  /** Value of `--name VALUE`, by its camel-case name. */
  text(name: string): string | undefined {
    const value = this.options[name]
    return typeof value === 'string' ? value : undefined
  }

  /** True for a given `--name`; `--no-name` options are true unless negated. */
  flag(name: string): boolean {
    return this.options[name] === true
  }

  texts(name: string): string[] {
    const value = this.options[name]
    return Array.isArray(value) ? value : []
  }

  /** @throws {CliError} Usage when it is not a whole number in the range */
  integer(name: string, range: { min: number; max: number }): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < range.min || value > range.max) {
      throw new CliError(
        'Usage',
        `--${dashed(name)} must be a whole number from ${range.min} to ${range.max}, not "${text}"`,
      )
    }
    return value
  }

  /** Milliseconds. @throws {CliError} Usage */
  duration(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    try {
      return parseDuration(text)
    } catch (cause) {
      throw new CliError('Usage', `--${dashed(name)}: "${text}" is not a duration`, {
        cause,
        remedy: 'Write it like 90s, 5m or 1h30m.',
      })
    }
  }
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
