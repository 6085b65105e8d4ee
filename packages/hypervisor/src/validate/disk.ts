/** Rules for one disk. */

import type { DomainDisk } from '../spec/disks.ts'
import { check, checkCount, checkPath, checkText, namePattern } from './checks.ts'

export function validateDisk(disk: DomainDisk, field: string): void {
  check(namePattern.test(disk.name), `${field}.name`, 'letters, digits and dashes, at most 63')
  checkPath(disk.path, `${field}.path`)
  checkText(disk.serial, `${field}.serial`, 256)
  disk.backing?.forEach(({ path }, index) => checkPath(path, `${field}.backing[${index}].path`))
  if (disk.bootOrder !== undefined) checkCount(disk.bootOrder, `${field}.bootOrder`, 1024)
  check(disk.io !== 'native' || disk.cache === 'none', `${field}.cache`, '"none" when io is "native"')
  check(
    disk.device !== 'cdrom' || disk.bus === 'sata' || disk.bus === 'scsi',
    `${field}.bus`,
    'sata or scsi for a cdrom',
  )
  check(disk.device !== 'lun' || disk.bus === 'scsi', `${field}.bus`, 'scsi for a lun')
}
