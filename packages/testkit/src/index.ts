export {
  berthWith,
  installBerth,
  type Berth,
  type BerthOptions,
  type BerthOutcome,
  type BerthSession,
} from './berth-command.ts'
export { buildDebian } from './debian-image.ts'
export { eventually, type EventuallyOptions } from './eventually.ts'
export {
  kubectlWith,
  runKubectl,
  type Kubectl,
  type KubectlOutcome,
  type KubectlSession,
  type KubectlTarget,
  type RunOptions,
} from './kubectl/kubectl.ts'
export { fewKubectlPrograms, kubectlPrograms, newestKubectl, type KubectlProgram } from './kubectl/programs.ts'
export { freePort } from './free-port.ts'
export { describeFinding, type Finding, type FuzzReport } from './fuzz/fuzz.ts'
export { fuzzEngine, type FuzzEngineOptions } from './fuzz/fuzz-engine.ts'
export { memoryGrowth } from './fuzz/growth.ts'
export { buildGo, type GoModule, type GoProgram } from './go-program.ts'
export { guestShell, type GuestShell } from './guest-shell.ts'
export { prepareDataDirectory } from './prepared-data-directory.ts'
export { putGuestInto } from './guest-cache.ts'
export {
  guestGreeting,
  machineVerbs,
  poweringOff,
  subresourcePath,
  withoutKernel,
  type MachineVerbs,
} from './machine-verbs.ts'
export { guestInstance, guestMachine, type GuestOptions } from './manifests.ts'
export { qemuProcesses } from './qemu-processes.ts'
export { type RawAnswer, type RawClient, type RawRequest } from './raw-request.ts'
export { startTestEngine, uniqueName, type TestEngine, type TestEngineOptions } from './test-engine.ts'
export { serveUdpEcho } from './udp-echo.ts'
export { useEngine } from './use-engine.ts'
export { virtctlWith, type Virtctl, type VirtctlOutcome, type VirtctlSession } from './virtctl.ts'
