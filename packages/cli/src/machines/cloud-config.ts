/** cloud-init user data from the options of `vm create`. */

import { toYaml } from '../output/print-objects.ts'

export interface Login {
  /** Without one the image's own default user gets the keys and the password. */
  user?: string
  sshKeys: readonly string[]
  password?: string
}

/** A `#cloud-config` document. */
export async function cloudConfig(login: Login): Promise<string> {
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
  return `#cloud-config\n${await toYaml({ ...account, ...passwords })}`
}
