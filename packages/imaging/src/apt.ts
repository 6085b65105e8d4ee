/** Finds and downloads packages with the machine's own apt, as any user: its mirrors, proxies and keys apply. */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ImagingError } from './errors.ts'
import { runProcess } from './run-process.ts'

export interface AptPackage {
  name: string
  version: string
  /** Names in Depends, first alternative of each, without versions. */
  depends: string[]
  /** Size of the .deb in bytes. */
  size: number
}

/** What apt offers under these names (the candidate version of each); unknown names are left out. */
export async function showPackages(names: readonly string[], signal?: AbortSignal): Promise<AptPackage[]> {
  if (names.length === 0) return []
  const { stdout } = await runProcess({
    command: 'apt-cache',
    args: ['show', '--no-all-versions', '--', ...names],
    purpose: `asking apt for ${names.join(', ')}`,
    timeoutMs: 60_000,
    // 100: at least one name is unknown.
    okExitCodes: [0, 100],
    signal,
  })
  return stdout.split(/\n\n+/).flatMap((paragraph) => parseParagraph(paragraph) ?? [])
}

function parseParagraph(text: string): AptPackage | undefined {
  const field = (name: string): string | undefined => new RegExp(`^${name}: *(.*)$`, 'm').exec(text)?.[1]?.trim()
  const name = field('Package')
  const version = field('Version')
  if (!name || !version) return undefined
  const depends = (field('Depends') ?? '')
    .split(',')
    .map((part) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(part)?.[1] ?? '')
    .filter((dependency) => dependency !== '')
  return { name, version, depends, size: Number(field('Size') ?? 0) }
}

export interface AptDownloadRequest {
  names: readonly string[]
  /** Existing directory for the .deb files. */
  directory: string
  signal?: AbortSignal
}

/**
 * Downloads packages (checked by apt against its signed lists).
 * @returns paths of all .deb files now in the directory, sorted
 * @throws {ImagingError} PackagesUnavailable, ToolMissing, TimedOut, Aborted
 */
export async function downloadPackages({ names, directory, signal }: AptDownloadRequest): Promise<string[]> {
  try {
    await runProcess({
      command: 'apt-get',
      // The directory may be closed to apt's own user `_apt`; downloads are checked by their signatures either way.
      args: ['download', '-q', '-o', 'APT::Sandbox::User=root', '--', ...names],
      purpose: `downloading the packages ${names.join(', ')}`,
      cwd: directory,
      timeoutMs: 15 * 60_000,
      signal,
    })
  } catch (cause) {
    if (!(cause instanceof ImagingError) || cause.code !== 'ToolFailed') throw cause
    throw new ImagingError('PackagesUnavailable', cause.message, {
      cause,
      remedy: 'Run "apt-get update" as root, check the network and the sources in /etc/apt, then try again.',
    })
  }
  const files = await readdir(directory)
  return files
    .filter((file) => file.endsWith('.deb'))
    .sort()
    .map((file) => join(directory, file))
}

/**
 * Refreshes apt's package lists when we may; an ordinary user is told what to run instead.
 * @throws {ImagingError} PackagesUnavailable
 */
export async function updateLists(why: string, signal?: AbortSignal): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new ImagingError('PackagesUnavailable', why, { remedy: 'Run: sudo apt-get update' })
  }
  try {
    await runProcess({
      command: 'apt-get',
      args: ['update', '-q'],
      purpose: 'refreshing the package lists',
      timeoutMs: 5 * 60_000,
      signal,
    })
  } catch (cause) {
    if (!(cause instanceof ImagingError) || cause.code !== 'ToolFailed') throw cause
    throw new ImagingError('PackagesUnavailable', `${why}; apt-get update failed: ${cause.message}`, {
      cause,
      remedy: 'Check the network and the sources in /etc/apt.',
    })
  }
}
