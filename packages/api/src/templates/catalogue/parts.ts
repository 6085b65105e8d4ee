/** What the built-in templates have in common: their parameters, and the machine around what differs. */

import type { JsonObject } from '@berth/meta'
import type { TemplateParameter } from '../../types/template.ts'

/** `debian-x7k2p` unless a name is given. */
export function nameOf(prefix: string): TemplateParameter {
  return {
    name: 'NAME',
    displayName: 'Name',
    required: true,
    generate: 'expression',
    from: `${prefix}-[a-z0-9]{5}`,
  }
}

export const cpus = (value: string): TemplateParameter => ({
  name: 'CPUS',
  displayName: 'CPUs',
  required: true,
  value,
})

export const memory = (value: string): TemplateParameter => ({
  name: 'MEMORY',
  displayName: 'Memory',
  description: 'As 512Mi or 4Gi.',
  required: true,
  value,
})

export const diskSize = (value: string): TemplateParameter => ({
  name: 'DISK_SIZE',
  displayName: 'Disk',
  description: 'Only what is written takes space.',
  required: true,
  value,
})

export const user = (value: string): TemplateParameter => ({
  name: 'CLOUD_USER',
  displayName: 'User',
  description: 'May become root with sudo.',
  required: true,
  value,
})

/** No value is stored: everybody who may read the template would read it. Letters that look alike are left out. */
export const password: TemplateParameter = {
  name: 'PASSWORD',
  displayName: 'Password',
  description: 'Made for each VM unless one is given.',
  required: true,
  generate: 'expression',
  from: '[a-km-zA-HJ-NP-Z2-9]{14}',
}

export const sshKey: TemplateParameter = {
  name: 'SSH_KEY',
  displayName: 'SSH key',
  description: 'Public key that may log in: ssh-ed25519 AAAA…',
}

/** cloud-init user data of {@link user}, {@link password} and {@link sshKey}. */
export const cloudInit = `#cloud-config
users:
  - name: "\${CLOUD_USER}"
    sudo: ALL=(ALL) NOPASSWD:ALL
    shell: /bin/bash
    lock_passwd: false
    plain_text_passwd: "\${PASSWORD}"
    ssh_authorized_keys:
      - "\${SSH_KEY}"
ssh_pwauth: true
chpasswd:
  expire: false
`

interface MachineParts {
  runStrategy?: 'Always' | 'Manual'
  /** Of the root disk's DataVolume; no root disk without one. */
  source?: JsonObject
  diskBus?: 'virtio' | 'sata'
  interfaceModel?: 'virtio' | 'e1000e'
  domain?: JsonObject
  devices?: JsonObject
  /** A drive without a medium. */
  cdrom?: JsonObject
  /** The disk first, then the drive. */
  bootOrder?: boolean
  userData?: string
}

export function machine(parts: MachineParts): JsonObject {
  const { source, diskBus = 'virtio', interfaceModel, cdrom, userData } = parts
  const order = (bootOrder: number): JsonObject => (parts.bootOrder === true ? { bootOrder } : {})
  const disks: JsonObject[] = []
  const volumes: JsonObject[] = []
  if (source !== undefined) {
    disks.push({ name: 'root', disk: { bus: diskBus }, ...order(1) })
    volumes.push({ name: 'root', dataVolume: { name: '${NAME}-root' } })
  }
  if (userData !== undefined) {
    disks.push({ name: 'cloudinit', disk: { bus: diskBus } })
    volumes.push({ name: 'cloudinit', cloudInitNoCloud: { userData } })
  }
  if (cdrom !== undefined) disks.push({ name: 'cdrom', cdrom, ...order(2) })
  return {
    metadata: {
      name: '${NAME}',
      ...(userData === undefined ? {} : { annotations: { 'berth.dev/login-user': '${CLOUD_USER}' } }),
    },
    spec: {
      runStrategy: parts.runStrategy ?? 'Always',
      ...(source === undefined
        ? {}
        : {
            dataVolumeTemplates: [
              {
                metadata: { name: '${NAME}-root' },
                spec: { ...source, storage: { resources: { requests: { storage: '${DISK_SIZE}' } } } },
              },
            ],
          }),
      template: {
        metadata: { labels: { 'vm.kubevirt.io/name': '${NAME}' } },
        spec: {
          domain: {
            cpu: { cores: '${{CPUS}}' },
            memory: { guest: '${MEMORY}' },
            ...parts.domain,
            devices: {
              disks,
              interfaces: [
                { name: 'default', masquerade: {}, ...(interfaceModel === undefined ? {} : { model: interfaceModel }) },
              ],
              rng: {},
              ...parts.devices,
            },
          },
          networks: [{ name: 'default', pod: {} }],
          volumes,
        },
      },
    },
  }
}
