/** What a command printed without what differs from run to run and from machine to machine, for snapshots. */

import type { Outcome } from './test-context.ts'

/** @param folder where the test keeps its files */
export function steadyOutput({ exitCode, stdout, stderr }: Outcome, folder: string): string {
  return (
    `${stdout}${stderr}exit ${exitCode}\n`
      .replaceAll(/ \((\d+(\.\d)? s|\d+m\d\ds)\)/g, '')
      .replaceAll(/\b(\d+m)?\d+s\b/g, 'AGE')
      .replaceAll(/AGE {2,}/g, 'AGE   ')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
      .replaceAll(/\d{8}-\d{6}/g, 'STAMP')
      .replaceAll(folder, 'FOLDER')
      // A step that takes seconds tells how it goes.
      .replaceAll(/^[A-Z][a-z]+ing [^:\n]*: .* \.\.\.\n/gm, '')
  )
}
