/** What kinds of guests have in common, as parts of a preference. */

import type { PreferenceSpec } from '../../types/instancetype.ts'

export type Trait = keyof typeof traits

/** How long a Windows that installs updates may take to shut down, in seconds. */
const windowsGraceSeconds = 3600
/** How often a Windows tries a lock before it tells the hypervisor. */
const windowsSpinlocks = 8191

export const traits = {
  linux: {
    annotations: { 'vm.kubevirt.io/os': 'linux' },
    devices: { preferredDiskBus: 'virtio', preferredInterfaceModel: 'virtio', preferredRng: {} },
  },
  legacy: { annotations: { 'vm.kubevirt.io/os': 'legacy' } },
  windows: {
    annotations: { 'vm.kubevirt.io/os': 'windows' },
    clock: {
      preferredClockOffset: { utc: {} },
      preferredTimer: {
        hpet: { present: false },
        hyperv: {},
        pit: { tickPolicy: 'delay' },
        rtc: { tickPolicy: 'catchup' },
      },
    },
    cpu: { preferredCPUTopology: 'sockets' },
    devices: { preferredAutoattachInputDevice: true },
    features: {
      preferredAcpi: {},
      preferredApic: {},
      preferredHyperv: {
        frequencies: {},
        ipi: {},
        reenlightenment: {},
        relaxed: {},
        reset: {},
        runtime: {},
        spinlocks: { spinlocks: windowsSpinlocks },
        synic: {},
        synictimer: { direct: {} },
        tlbflush: {},
        vapic: {},
        vpindex: {},
      },
    },
    preferredTerminationGracePeriodSeconds: windowsGraceSeconds,
  },

  virtio: { devices: { preferredDiskBus: 'virtio', preferredInterfaceModel: 'virtio' } },
  virtioInput: { devices: { preferredInputBus: 'virtio', preferredInputType: 'tablet' } },
  virtioVideo: { devices: { preferredVideoType: 'virtio' } },
  virtioTransitional: { devices: { preferredUseVirtioTransitional: true } },
  inputDevice: { devices: { preferredAutoattachInputDevice: true } },
  ioThread: { devices: { preferredDiskDedicatedIoThread: true } },
  manyQueues: { devices: { preferredNetworkInterfaceMultiQueue: true } },
  /** No screen and no balloon: nothing that interrupts. */
  bare: {
    devices: {
      preferredAutoattachGraphicsDevice: false,
      preferredAutoattachMemBalloon: false,
      preferredAutoattachSerialConsole: true,
    },
  },
  sata: { devices: { preferredDiskBus: 'sata' } },
  e1000: { devices: { preferredInterfaceModel: 'e1000' } },
  e1000e: { devices: { preferredInterfaceModel: 'e1000e' } },
  rtl8139: { devices: { preferredInterfaceModel: 'rtl8139' } },

  efi: { firmware: { preferredEfi: { secureBoot: false } } },
  secureBoot: { firmware: { preferredEfi: { secureBoot: true } }, features: { preferredSmm: {} } },
  /** TPM and firmware variables outlive a run. */
  keptState: { firmware: { preferredEfi: { persistent: true } }, devices: { preferredTPM: { persistent: true } } },
  /** Takes devices above 4 GiB for none. */
  smallAddresses: { annotations: { 'kubevirt.io/disablePCIHole64': 'true' } },

  spread: { cpu: { preferredCPUTopology: 'spread', spreadOptions: { across: 'SocketsCoresThreads' } } },
  spreadByFour: {
    cpu: { preferredCPUTopology: 'spread', spreadOptions: { across: 'SocketsCoresThreads', ratio: 4 } },
  },

  amd64: { preferredArchitecture: 'amd64', requirements: { architecture: 'amd64' } },
  arm64: { preferredArchitecture: 'arm64', requirements: { architecture: 'arm64' } },
  s390x: { preferredArchitecture: 's390x', requirements: { architecture: 's390x' } },
} as const satisfies Record<string, PreferenceSpec>
