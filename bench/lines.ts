/** Every line, in the order they are measured and printed. */

import type { BenchLine } from './line.ts'
import { cliStart } from './lines/cli-start.ts'
import { consoleChange, consoleFirstRows, consoleFirstRowsMany } from './lines/console.ts'
import { consoleScroll } from './lines/console-scroll.ts'
import { createsInProcess, createsMachines } from './lines/creates-in-process.ts'
import { createsTls } from './lines/creates-tls.ts'
import { densityIdle, densityMemory } from './lines/density.ts'
import { diskClone, diskClonesBytes, diskSnapshot } from './lines/disk-clones.ts'
import { diskImport, diskUpload } from './lines/disk-transfers.ts'
import { fanOutTls } from './lines/fan-out.ts'
import { fanOutInProcess } from './lines/fan-out-in-process.ts'
import { listInProcess } from './lines/list-in-process.ts'
import { listFiftyThousand } from './lines/list-50k.ts'
import { listTls } from './lines/list-tls.ts'
import { loopDelayUnderLoad } from './lines/loop-delay.ts'
import { memoryPerObject } from './lines/memory-object.ts'
import { memoryHalted, memoryRunning } from './lines/memory-10k.ts'
import { peerApplies, peerCreates, peerFanOut, peerGets, peerList } from './lines/peer.ts'
import { snapshotDeleteStall, snapshotStall } from './lines/snapshot-stall.ts'
import { streamPort, streamPortUp } from './lines/stream-port.ts'
import { upFiftyThousand } from './lines/up-50k.ts'
import { upCold } from './lines/up-cold.ts'
import { upWarm } from './lines/up-warm.ts'
import { vmBurstQemu, vmBurstSimulated } from './lines/vm-burst.ts'
import { vmMemory } from './lines/vm-memory.ts'
import { vmStart } from './lines/vm-start.ts'

export const lines: readonly BenchLine[] = [
  upWarm,
  upCold,
  upFiftyThousand,
  cliStart,
  vmStart,
  vmBurstSimulated,
  vmBurstQemu,
  vmMemory,
  densityIdle,
  densityMemory,
  listTls,
  listInProcess,
  listFiftyThousand,
  loopDelayUnderLoad,
  memoryHalted,
  memoryRunning,
  memoryPerObject,
  createsTls,
  createsInProcess,
  createsMachines,
  fanOutTls,
  fanOutInProcess,
  consoleFirstRows,
  consoleChange,
  consoleScroll,
  consoleFirstRowsMany,
  streamPort,
  streamPortUp,
  diskImport,
  diskUpload,
  diskClone,
  diskSnapshot,
  diskClonesBytes,
  snapshotStall,
  snapshotDeleteStall,
  peerCreates,
  peerGets,
  peerApplies,
  peerList,
  peerFanOut,
]
