/** The script that sets an image up from the inside, as cloud-init user data. */

import type { ImageBuildSpec } from '@berth/api'
import { marker } from './markers.ts'
import { sealing } from './sealing.ts'
import { quoted, withBytes } from './shell.ts'

/** A file or password whose content has been read already. */
export interface ResolvedContent {
  /** By index in `customise.files`. */
  files: readonly Buffer[]
  /** By index in `customise.users`; undefined without a password. */
  passwords: readonly (Buffer | undefined)[]
}

export interface Step {
  /** For people; plain words of ours. */
  title: string
  script: string
}

export function stepsOf({ customise = {}, seal = true }: ImageBuildSpec, content: ResolvedContent): Step[] {
  const { packages = [], files = [], users = [], commands = [] } = customise
  return [
    ...(packages.length === 0 ? [] : [{ title: `install packages`, script: installing(packages) }]),
    ...(users.length === 0 ? [] : [{ title: 'make users', script: usersScript(users, content.passwords) }]),
    ...(files.length === 0 ? [] : [{ title: 'write files', script: filesScript(files, content.files) }]),
    ...commands.map((command, index) => ({
      title: `command ${index + 1} of ${commands.length}`,
      script: commandScript(command),
    })),
    { title: seal ? 'take out what identifies a machine' : 'take out secrets of the build', script: sealing(seal) },
  ]
}

/** MIME parts, as cloud-init takes several at once. */
export function userData(token: string, steps: readonly Step[]): string {
  const boundary = 'berth-image-build-part'
  const part = (type: string, content: string): string =>
    `--${boundary}\nContent-Type: ${type}; charset="utf-8"\nMIME-Version: 1.0\n\n${content}\n`
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n`,
    // No user of cloud-init's own: the image is to have those it is told to.
    part('text/cloud-config', '#cloud-config\nusers: []\npackage_update: false\npackage_upgrade: false'),
    part('text/x-shellscript', buildScript(token, steps)),
    `--${boundary}--\n`,
  ].join('')
}

/** Each step is a shell of its own, which ends at the first command that fails. */
export function buildScript(token: string, steps: readonly Step[]): string {
  const count = steps.length
  return [
    '#!/bin/sh',
    // The first serial port that can be written to: its output is the log of the build.
    'out=/dev/console',
    'for port in /dev/ttyS0 /dev/ttyAMA0 /dev/ttysclp0 /dev/hvc0; do',
    '  if [ -c "$port" ] && (: >"$port") 2>/dev/null; then out=$port; break; fi',
    'done',
    'exec >"$out" 2>&1 </dev/null',
    'export DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root',
    'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'umask 022',
    'cd /root || cd /',
    ...ending,
    ...steps.flatMap(({ title, script }, index) => [
      marker(token, `step ${index + 1}/${count} ${title}`),
      // Not with "||": that would switch off "set -e" inside.
      '(',
      'set -e',
      script,
      ')',
      'code=$?',
      'if [ "$code" -ne 0 ]; then',
      `  ${marker(token, `failed '"$code"' ${index + 1}/${count} ${title}`)}`,
      '  power_off',
      'fi',
    ]),
    marker(token, 'done'),
    'power_off',
  ].join('\n')
}

/**
 * Services must not write to the disk when they are stopped (seeds, logs, state), and the file system must be whole: systemd's forced way
 * kills all processes, unmounts and switches off, without stopping services. Elsewhere the kernel does what comes nearest.
 */
const ending = [
  'power_off() {',
  '  sync',
  // The port has to get its last line out.
  '  sleep 2',
  '  if command -v systemctl >/dev/null; then',
  '    systemctl --no-wall poweroff --force',
  '    sleep 120',
  '  fi',
  '  echo s >/proc/sysrq-trigger',
  '  echo u >/proc/sysrq-trigger',
  // Both only begin: a slow disk takes its time, and until then its journal is not empty.
  '  left=60',
  '  while [ "$left" -gt 0 ] && ! grep -q "^[^ ]* / [^ ]* ro[, ]" /proc/mounts; do sleep 1; left=$((left - 1)); done',
  '  sleep 1',
  '  echo o >/proc/sysrq-trigger',
  '  sleep 10',
  '  poweroff -f || poweroff',
  '  sleep 60',
  '  exit 1',
  '}',
]

function installing(packages: readonly string[]): string {
  const names = packages.map(quoted).join(' ')
  return [
    'if command -v apt-get >/dev/null; then',
    '  apt-get -q -o DPkg::Lock::Timeout=600 update',
    `  apt-get -q -y -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold install ${names}`,
    'elif command -v dnf >/dev/null; then',
    `  dnf -y install ${names}`,
    'elif command -v yum >/dev/null; then',
    `  yum -y install ${names}`,
    'elif command -v zypper >/dev/null; then',
    `  zypper --non-interactive install ${names}`,
    'elif command -v apk >/dev/null; then',
    `  apk add --no-cache ${names}`,
    'else',
    '  echo "this system has none of apt-get, dnf, yum, zypper and apk"',
    '  exit 1',
    'fi',
  ].join('\n')
}

type Customisation = NonNullable<ImageBuildSpec['customise']>

function filesScript(files: NonNullable<Customisation['files']>, contents: readonly Buffer[]): string {
  return files
    .flatMap(({ path, mode = '0644', owner = 'root' }, index) => [
      `mkdir -p ${quoted(path.slice(0, Math.max(1, path.lastIndexOf('/'))))}`,
      // Its mode comes first: nobody reads a secret while it is written.
      `rm -f ${quoted(path)}`,
      `(umask 077; : >${quoted(path)})`,
      withBytes(`base64 -d >${quoted(path)}`, contents[index] ?? Buffer.alloc(0)),
      `chown ${quoted(owner)} ${quoted(path)}`,
      `chmod ${quoted(mode)} ${quoted(path)}`,
      `echo ${quoted(`wrote ${path}`)}`,
    ])
    .join('\n')
}

function usersScript(users: NonNullable<Customisation['users']>, passwords: readonly (Buffer | undefined)[]): string {
  return users
    .flatMap(({ name, sshKeys = [], sudo = false }, index) => {
      const user = quoted(name)
      const password = passwords[index]
      return [
        `if ! id -u ${user} >/dev/null 2>&1; then`,
        '  shell=/bin/sh',
        '  if [ -x /bin/bash ]; then shell=/bin/bash; fi',
        `  if command -v useradd >/dev/null; then useradd -m -s "$shell" ${user}; else adduser -D -s "$shell" ${user}; fi`,
        'fi',
        ...(sshKeys.length === 0
          ? []
          : [
              `home=$(awk -F: -v user=${user} '$1 == user { print $6 }' /etc/passwd)`,
              'mkdir -p "$home/.ssh"',
              withBytes(
                'base64 -d >>"$home/.ssh/authorized_keys"',
                Buffer.from(sshKeys.map((key) => `${key.trim()}\n`).join('')),
              ),
              `chown -R ${user}: "$home/.ssh"`,
              'chmod 700 "$home/.ssh"',
              'chmod 600 "$home/.ssh/authorized_keys"',
            ]),
        ...(password === undefined
          ? []
          : [withBytes('base64 -d | chpasswd', Buffer.concat([Buffer.from(`${name}:`), password, Buffer.from('\n')]))]),
        ...(sudo
          ? [
              'mkdir -p /etc/sudoers.d',
              `echo ${quoted(`${name} ALL=(ALL) NOPASSWD:ALL`)} >${quoted(`/etc/sudoers.d/90-berth-${name}`)}`,
              `chmod 440 ${quoted(`/etc/sudoers.d/90-berth-${name}`)}`,
            ]
          : []),
        `echo ${quoted(`made user ${name}`)}`,
      ]
    })
    .join('\n')
}

/** From a file, so that it may have any text in it, and says its own first line where it is wrong. */
function commandScript(command: string): string {
  return [
    withBytes('base64 -d >/run/berth-command', Buffer.from(`${command}\n`)),
    `echo ${quoted(`+ ${firstLine(command)}`)}`,
    '/bin/sh /run/berth-command',
  ].join('\n')
}

function firstLine(command: string): string {
  const [line = ''] = command.trim().split('\n')
  return line.length > 120 ? `${line.slice(0, 120)}…` : line
}
