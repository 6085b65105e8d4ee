/** Every line, in the order they are measured and printed. */

import type { BenchLine } from './line.ts'
import { cliStart } from './lines/cli-start.ts'
import { createsInProcess, createsMachines } from './lines/creates-in-process.ts'
import { createsTls } from './lines/creates-tls.ts'
import { fanOutTls } from './lines/fan-out.ts'
import { fanOutInProcess } from './lines/fan-out-in-process.ts'
import { listInProcess } from './lines/list-in-process.ts'
import { listTls } from './lines/list-tls.ts'
import { memoryHalted, memoryRunning } from './lines/memory-10k.ts'
import { upCold } from './lines/up-cold.ts'
import { upWarm } from './lines/up-warm.ts'
import { vmBurstQemu, vmBurstSimulated } from './lines/vm-burst.ts'
import { vmMemory } from './lines/vm-memory.ts'
import { vmStart } from './lines/vm-start.ts'

export const lines: readonly BenchLine[] = [
  upWarm,
  upCold,
  cliStart,
  vmStart,
  vmBurstSimulated,
  vmBurstQemu,
  vmMemory,
  listTls,
  listInProcess,
  memoryHalted,
  memoryRunning,
  createsTls,
  createsInProcess,
  createsMachines,
  fanOutTls,
  fanOutInProcess,
]
