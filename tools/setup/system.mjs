// Debian packages: which ones a purpose needs, how to see whether they are there, and how to get them.
import fs from 'fs'
import path from 'path'
import { spawnSync } from 'child_process'
import { run, SetupError } from './run.mjs'
import { step } from './progress.mjs'

const arm = process.arch === 'arm64'

/**
 * `any`: one of these being there is enough; a bare name is looked up in PATH, an absolute path on disk.
 * Purposes: `run` for the engine, `image` for `berth image build`, `test` for the test suite.
 * `spare`: who can not have it goes on without; what would use it says so and is skipped.
 */
export const systemPackages = [
  arm
    ? { name: 'qemu-system-arm', purpose: 'run', any: ['qemu-system-aarch64'] }
    : { name: 'qemu-system-x86', purpose: 'run', any: ['qemu-system-x86_64'] },
  { name: 'qemu-utils', purpose: 'run', any: ['qemu-img'] },
  arm
    ? { name: 'qemu-efi-aarch64', purpose: 'run', any: ['/usr/share/AAVMF/AAVMF_CODE.fd'] }
    : { name: 'ovmf', purpose: 'run', any: ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_CODE.fd'] },
  { name: 'busybox-static', purpose: 'run', any: ['busybox'] },
  { name: 'xz-utils', purpose: 'run', any: ['xz'] },
  { name: 'zstd', purpose: 'run', any: ['zstd'] },
  { name: 'mmdebstrap', purpose: 'image', any: ['mmdebstrap'] },
  { name: 'e2fsprogs', purpose: 'image', any: ['/sbin/mke2fs', '/usr/sbin/mke2fs'] },
  { name: 'fdisk', purpose: 'image', any: ['/sbin/sfdisk', '/usr/sbin/sfdisk'] },
  { name: 'uidmap', purpose: 'image', any: ['newuidmap'] },
  { name: 'util-linux', purpose: 'image', any: ['unshare'] },
  { name: 'tar', purpose: 'image', any: ['tar'] },
  {
    name: 'debian-archive-keyring',
    purpose: 'image',
    any: ['/usr/share/keyrings/debian-archive-keyring.gpg'],
  },
  { name: 'mtools', purpose: 'image', any: ['mcopy'] },
  { name: 'grub-common', purpose: 'image', any: ['grub-mkimage'] },
  { name: 'grub-pc-bin', purpose: 'image', any: ['/usr/lib/grub/i386-pc/kernel.img'] },
  { name: 'grub-efi-amd64-bin', purpose: 'image', any: ['/usr/lib/grub/x86_64-efi/kernel.img'] },
  { name: 'swtpm', purpose: 'test', any: ['swtpm'] },
  { name: 'openssl', purpose: 'test', any: ['openssl'] },
  { name: 'openssh-client', purpose: 'test', any: ['ssh-keygen'] },
  { name: 'chromium', purpose: 'test', any: ['chromium'] },
  { name: 'kubernetes-client', purpose: 'test', any: ['kubectl'] },
  { name: 'skopeo', purpose: 'test', any: ['skopeo'], spare: true },
]

function present(candidate) {
  if (candidate.startsWith('/')) return fs.existsSync(candidate)
  return (process.env.PATH || '')
    .split(':')
    .some((folder) => folder !== '' && fs.existsSync(path.join(folder, candidate)))
}

export function missingPackages(purposes) {
  return missingEntries(purposes).map((entry) => entry.name)
}

function missingEntries(purposes) {
  return systemPackages.filter((entry) => purposes.includes(entry.purpose) && !entry.any.some(present))
}

/** Installs what is missing, or stops with the one command to run; nothing stops for what is to spare. */
export async function installSystemPackages(purposes) {
  const missing = missingEntries(purposes)
  const needed = missing.filter((entry) => !entry.spare).map((entry) => entry.name)
  const spare = missing.filter((entry) => entry.spare).map((entry) => entry.name)
  if (needed.length > 0) await install(needed)
  try {
    if (spare.length > 0) await install(spare, needed.length > 0)
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.log('  going on without ' + spare.join(', ') + ': ' + error.message.split('\n')[0])
  }
}

async function install(missing, isListNew = false) {
  const command = 'apt-get install -y --no-install-recommends ' + missing.join(' ')
  if (!present('apt-get')) {
    throw new SetupError(
      'Missing on this machine: ' + missing.join(', '),
      'Install these Debian packages, or what your distribution calls them.',
    )
  }
  const isRoot = process.getuid() === 0
  const sudo = !isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
  if (!isRoot && !sudo) {
    throw new SetupError(
      'Missing on this machine: ' + missing.join(', '),
      'Run this once, then start again:\n\n  sudo sh -c "apt-get update && ' + command + '"\n',
    )
  }
  const apt = (args) =>
    run(isRoot ? 'apt-get' : 'sudo', isRoot ? args : ['-n', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  if (!isListNew) await step('update the list of Debian packages', () => apt(['update', '-q']))
  await step('install ' + missing.join(', '), () => apt(['install', '-y', '-q', '--no-install-recommends', ...missing]))
}
