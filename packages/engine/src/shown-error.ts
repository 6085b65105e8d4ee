/** What went wrong, for whoever asked for it: with what to do next, and without the folders of this host, which are nobody's business. */

import { CodedError, messageOf } from '@berth/base'
import type { DataDirectory } from './host/data-directory.ts'
import type { VolumeStore } from './volumes/volume-store.ts'

/** Those that errors of programs and of the system may name, the inner ones first. */
export function foldersOf({
  paths,
  volumes,
}: {
  paths: Pick<DataDirectory, 'root'>
  volumes: Pick<VolumeStore, 'storageSet'>
}): string[] {
  return [...volumes.storageSet.all.map(({ layout }) => layout.directory), paths.root]
}

/** @param folders that are left out of it */
export function shownError(error: unknown, folders: readonly string[]): string {
  return folders.reduce((words, folder) => words.replaceAll(`${folder}/`, ''), wordsOf(error))
}

function wordsOf(error: unknown): string {
  const words = messageOf(error)
  if (error instanceof CodedError) {
    return error.remedy === undefined ? words : `${words.replace(/\.$/, '')}. ${error.remedy}`
  }
  // An error of the system is a path and little else.
  const code: unknown = error instanceof Error && 'syscall' in error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? `the host could not do it (${code}); the log of the engine says more` : words
}
