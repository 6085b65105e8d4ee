/** What every kind of work on disks is made of, for one machine. */

import { Bitmaps } from './bitmaps.ts'
import { Changes } from './changes.ts'
import { DiskGraph } from './graph.ts'
import { Jobs } from './jobs.ts'
import type { WorkedMachine } from './machine.ts'

export interface WorkParts {
  machine: WorkedMachine
  graph: DiskGraph
  jobs: Jobs
  changes: Changes
  bitmaps: Bitmaps
}

export function workParts(machine: WorkedMachine): WorkParts {
  const graph = new DiskGraph(machine)
  return {
    machine,
    graph,
    jobs: new Jobs(machine),
    changes: new Changes(machine),
    bitmaps: new Bitmaps(machine, graph),
  }
}
