import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { DriverErrorCode } from './driver.ts'

/** The compiler keeps this list whole. */
const codes: Record<DriverErrorCode, true> = {
  Unsupported: true,
  InvalidSpec: true,
  StartFailed: true,
  NotFound: true,
  AlreadyExists: true,
  WrongState: true,
  AgentUnavailable: true,
  Timeout: true,
  NoSpace: true,
  Refused: true,
  Protocol: true,
}

describe('error codes', () => {
  it('are those the README explains', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    const documented = [...readme.matchAll(/^\| `([A-Z][A-Za-z]+)` +\|/gm)].map(([, code]) => code)
    expect(new Set(documented)).toEqual(new Set(Object.keys(codes)))
  })
})
