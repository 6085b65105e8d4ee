/** The checks that rules are made of. Nothing that passes them can end an argument, an option or a path it is put into. */

import { isAbsolute } from 'node:path'
import { DriverError } from '../driver.ts'

export const wordPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
export const namePattern = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const controlPattern = /[\u0000-\u001f\u007f]/

/** @throws {DriverError} InvalidSpec, naming the field, unless it holds */
export function check(holds: boolean, field: string, expected: string): void {
  if (!holds) throw new DriverError('InvalidSpec', `${field} must be ${expected}`)
}

export function checkText(text: string | undefined, field: string, longest: number): void {
  if (text === undefined) return
  check(
    text.length <= longest && !controlPattern.test(text),
    field,
    `at most ${longest} characters, none a control character`,
  )
}

export function checkCount(value: number, field: string, most: number): void {
  check(Number.isSafeInteger(value) && value >= 1 && value <= most, field, `a whole number from 1 to ${most}`)
}

export function checkPath(path: string | undefined, field: string): void {
  if (path === undefined) return
  check(isAbsolute(path), field, 'an absolute path')
  checkText(path, field, 4096)
}

export function checkUnique(values: string[], field: string): void {
  check(new Set(values).size === values.length, field, 'without two entries of one name')
}
