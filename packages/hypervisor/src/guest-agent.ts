/** What can be asked of the agent in a guest. Whoever answers may be anybody: replies are bounded and checked, whatever is promised. */

/** What is asked for together: each part changes at its own pace. */
export const guestInfoParts = ['version', 'system', 'filesystems', 'users'] as const
export type GuestInfoPart = (typeof guestInfoParts)[number]

export interface GuestInfo {
  agentVersion: string
  supportedCommands: { name: string; enabled: boolean }[]
  hostname?: string
  os?: {
    name?: string
    kernelRelease?: string
    version?: string
    prettyName?: string
    versionId?: string
    kernelVersion?: string
    machine?: string
    id?: string
  }
  timezone?: { zone?: string; offset: number }
  users: { user: string; domain?: string; loginTimeSeconds: number }[]
  filesystems: {
    name: string
    mountPoint: string
    type: string
    usedBytes?: number
    totalBytes?: number
    disks: { serial?: string; busType: string }[]
  }[]
  interfaces: { name: string; mac?: string; addresses: { ip: string; prefix: number; family: 'ipv4' | 'ipv6' }[] }[]
}

/** What a card of the guest has carried since the guest started; it may say anything. */
export interface GuestTraffic {
  name: string
  mac?: string
  receivedBytes: number
  sentBytes: number
  receivedPackets: number
  sentPackets: number
}

export interface GuestCommand {
  /** A program of the guest, looked up in its PATH. */
  path: string
  args: readonly string[]
  /** How long the command may run, in milliseconds. */
  timeoutMs: number
}

export interface GuestCommandResult {
  exitCode: number
  /** Of each output, the first 64 KiB. */
  output: string
  errorOutput: string
}

/**
 * Calls reject with DriverError: AgentUnavailable where no agent is connected, Timeout where it does not answer in time, Refused
 * where it says no, Protocol where it answers nonsense.
 */
export interface GuestAgent {
  /** @param timeoutMs until the agent has to have answered */
  ping(timeoutMs?: number): Promise<void>
  /** All of it, or only some parts; the others are empty or absent. */
  info(parts?: readonly GuestInfoPart[]): Promise<GuestInfo>
  /** Of each card that the guest counts; agents before 2.11 count none. */
  traffic(): Promise<GuestTraffic[]>
  /** Runs a program and waits for its end. A program that does not end in time goes on in the guest, unwatched. */
  run(command: GuestCommand): Promise<GuestCommandResult>
  /** Writes out and holds the guest's file systems. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  isFrozen(): Promise<boolean>
  setPassword(user: string, password: string): Promise<void>
  /**
   * Makes these the keys a user signs in with. Agents before 5.2 have no command for it: the file is written then.
   * @returns whether the old way had to be used
   */
  setAuthorizedKeys(user: string, keys: readonly string[]): Promise<{ oldWay: boolean }>
}
