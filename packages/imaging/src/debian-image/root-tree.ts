/** Installs Debian into a tar archive with mmdebstrap, and unpacks that archive with its owners, as root or as an ordinary user. */

import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { OnProgress } from '../progress.ts'
import { runProcess } from '../run-process.ts'
import { readHostAptOptions, readHostSources, sourcesFor } from './host-apt.ts'
import { archiveKeyring } from './packages-needed.ts'
import {
  dpkgOptions,
  earlyFiles,
  enabledUnits,
  imagePackages,
  lateFiles,
  maskedUnits,
  removedPaths,
  type RootFile,
} from './root-files.ts'
import type { UserMode } from './user-mode.ts'

export interface RootTreeRequest {
  release: string
  rootUuid: string
  /** Existing, empty directory for scripts and the archive. */
  work: string
  userMode: UserMode
  onProgress?: OnProgress
  signal?: AbortSignal
}

/** @returns the path of the tar archive of the whole root file system */
export async function installDebian(request: RootTreeRequest): Promise<string> {
  const { release, rootUuid, work, userMode, onProgress, signal } = request
  const archive = join(work, 'root.tar')
  const early = await writeOverlay(join(work, 'early'), earlyFiles)
  const late = await writeOverlay(join(work, 'late'), lateFiles(release, rootUuid))
  const earlyHook = await writeHook(join(work, 'early-hook'), [`cp -R ${quote(`${early}/.`)} "$1"`])
  const lateHook = await writeHook(join(work, 'late-hook'), finishingSteps(late))
  const sources = await writeSources(join(work, 'build.sources'), release)
  const aptOptions = await readHostAptOptions(signal)
  let lastStep = ''
  await runProcess({
    command: 'mmdebstrap',
    args: [
      `--mode=${userMode.kind === 'root' ? 'root' : 'unshare'}`,
      '--variant=minbase',
      '--format=tar',
      '--architectures=amd64',
      `--keyring=${archiveKeyring}`,
      `--include=${imagePackages.join(',')}`,
      '--aptopt=APT::Install-Recommends "false"',
      ...aptOptions.map((line) => `--aptopt=${line}`),
      ...dpkgOptions.map((option) => `--dpkgopt=${option}`),
      `--essential-hook=${earlyHook}`,
      `--customize-hook=${lateHook}`,
      release,
      archive,
      sources,
    ],
    purpose: `installing Debian ${release}`,
    timeoutMs: 45 * 60_000,
    // It unmounts what it mounted in its namespace, and removes its tree.
    graceMs: 20_000,
    env: { TMPDIR: work },
    signal,
    maxOutputBytes: 16 * 1024 * 1024,
    onLine: (line) => {
      const step = /^I: (.*?)(?:\.\.\.)?$/.exec(line)?.[1]
      if (step === undefined || step === lastStep) return
      lastStep = step
      onProgress?.({ step: `Installing Debian: ${step}` })
    },
  })
  return archive
}

/** Unpacks the archive; device nodes stay out, the kernel makes them at boot. */
export async function unpackTree(request: {
  archive: string
  directory: string
  userMode: UserMode
  signal?: AbortSignal
}): Promise<void> {
  const { archive, directory, userMode, signal } = request
  await mkdir(directory)
  const keep = ['-p', '--numeric-owner', '--xattrs', '--xattrs-include=*']
  const [command, args] = userMode.wrap('tar', ['-x', ...keep, '--exclude=./dev/*', '-f', archive, '-C', directory])
  await runProcess({ command, args, purpose: 'unpacking the root file system', timeoutMs: 600_000, signal })
}

async function writeOverlay(directory: string, files: readonly RootFile[]): Promise<string> {
  for (const { path, content, mode = 0o644 } of files) {
    const target = join(directory, path)
    // Readable for the user numbers of the build, whatever our umask is.
    await mkdir(dirname(target), { recursive: true, mode: 0o755 })
    await writeFile(target, content, { mode })
    await chmod(target, mode)
  }
  return directory
}

// mmdebstrap runs hooks as programs with the root directory as $1. Ours are constant but for the work directory's path.
async function writeHook(path: string, lines: readonly string[]): Promise<string> {
  await writeFile(path, ['#!/bin/sh', 'set -eu', ...lines, ''].join('\n'), { mode: 0o755 })
  await chmod(path, 0o755)
  return path
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function finishingSteps(overlay: string): string[] {
  return [
    ...removedPaths.map((path) => `rm -rf "$1"/${path}`),
    'mkdir -p "$1"/etc/apt/sources.list.d "$1"/etc/apt/auth.conf.d',
    `cp -R ${quote(`${overlay}/.`)} "$1"`,
    'ln -sf ../run/systemd/resolve/stub-resolv.conf "$1"/etc/resolv.conf',
    'ln -sf /etc/machine-id "$1"/var/lib/dbus/machine-id',
    ...maskedUnits.map((unit) => `ln -sf /dev/null "$1"/etc/systemd/system/${unit}`),
    ...enabledUnits.map((unit) => `chroot "$1" systemctl enable -q ${unit}`),
    'test -e "$1"/vmlinuz',
    'test -e "$1"/initrd.img',
  ]
}

async function writeSources(path: string, release: string): Promise<string> {
  const sources = sourcesFor(release, await readHostSources())
  const paragraphs = sources.map(({ uri, suite, components }) =>
    [
      'Types: deb',
      `URIs: ${uri}`,
      `Suites: ${suite}`,
      `Components: ${components.join(' ')}`,
      `Signed-By: ${archiveKeyring}`,
      '',
    ].join('\n'),
  )
  await writeFile(path, paragraphs.join('\n'), { mode: 0o644 })
  return path
}
