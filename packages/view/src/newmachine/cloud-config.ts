/** cloud-init user data from what people say of a login. */

import { stringify } from 'yaml'

export interface Login {
  /** Without one the image's own default user gets the keys and the password. */
  user?: string
  sshKeys: readonly string[]
  password?: string
}

/** A `#cloud-config` document. */
export function cloudConfig(login: Login): string {
  const { user, sshKeys, password } = login
  const keys = sshKeys.length > 0 ? { ssh_authorized_keys: [...sshKeys] } : {}
  const account =
    user === undefined
      ? keys
      : {
          users: [
            {
              name: user,
              sudo: 'ALL=(ALL) NOPASSWD:ALL',
              shell: '/bin/bash',
              lock_passwd: password === undefined,
              ...(password === undefined ? {} : { plain_text_passwd: password }),
              ...keys,
            },
          ],
        }
  const passwords =
    password === undefined
      ? {}
      : { ...(user === undefined ? { password } : {}), chpasswd: { expire: false }, ssh_pwauth: true }
  return `#cloud-config\n${stringify({ ...account, ...passwords }, { lineWidth: 0 })}`
}

/** The account cloud images are set up with, by a word in the image's name; undefined where nobody can know. */
export function defaultUserOf(imageName: string): string | undefined {
  const file = (imageName.split('/').at(-1) ?? '').toLowerCase()
  return ['debian', 'ubuntu', 'fedora', 'rocky', 'almalinux', 'opensuse'].find((system) => file.startsWith(system))
}
