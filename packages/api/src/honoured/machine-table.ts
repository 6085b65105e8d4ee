/** What the embedded engine honours of a VirtualMachine's spec. */

import { instanceTable } from './instance-table.ts'
import { below, only, yes, type RuleTable } from './rule.ts'
import { dataVolumeTable } from './volume-table.ts'

export const machineTable: RuleTable = {
  instancetype: yes,
  preference: yes,
  running: yes,
  runStrategy: only(
    ['Always', 'RerunOnFailure', 'Manual', 'Halted', 'Once'],
    'the embedded engine does not receive machines from other clusters yet',
  ),
  updateVolumesStrategy: only(['Replacement', 'Migration'], 'Replacement or Migration'),
  'template.metadata': yes,
  ...below('template.spec', instanceTable),
  'dataVolumeTemplates[].apiVersion': yes,
  'dataVolumeTemplates[].kind': yes,
  'dataVolumeTemplates[].metadata': yes,
  'dataVolumeTemplates[].status': yes,
  ...below('dataVolumeTemplates[].spec', dataVolumeTable),
}
