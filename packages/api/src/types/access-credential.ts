/** Keys and passwords that people get into a machine with. */

interface SecretSource {
  secret?: { secretName: string }
}

/** Exactly one of the two. */
export interface AccessCredential {
  sshPublicKey?: {
    source: SecretSource
    propagationMethod: { noCloud?: object; configDrive?: object; qemuGuestAgent?: { users: string[] } }
  }
  userPassword?: { source: SecretSource; propagationMethod: { qemuGuestAgent?: object } }
}
