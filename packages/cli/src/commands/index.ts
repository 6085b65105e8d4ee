/** The command table: help, parser, completion and the README's list come from it. */

import type { ProgramTable } from '../usage.ts'
import { auditVerify } from './audit-verify.ts'
import { backup, restore } from './backup.ts'
import { completeCommand, completion } from './completion.ts'
import { consoleCommand } from './console.ts'
import { controllersCommand } from './controllers.ts'
import { diskAttach, diskCreate, diskDelete, diskDetach, diskList, diskMove, diskResize, storageList } from './disk.ts'
import { diskDownload, diskUpload } from './disk-transfer.ts'
import { doctor } from './doctor.ts'
import { down } from './down.ts'
import { imageBuild, imageList, imageRemove } from './image.ts'
import { imageBuildsCommand, imageCancel, imageDelete, imageLog, imageRetire, imageVersions } from './image-versions.ts'
import { imageContainers, imageLoad } from './image-load.ts'
import { imageCreate, imageKeepFresh, imagePublish, imageSchedules, imageUnschedule, imageUse } from './image-make.ts'
import { importCommand } from './import.ts'
import { kubeconfig } from './kubeconfig.ts'
import { policyCreate, policyDelete, policyList, policyResume, policyShow, policySuspend } from './policy.ts'
import { serveConsole } from './serve-console.ts'
import { snapshotDelete, snapshotList, snapshotShow, snapshotTree } from './snapshot.ts'
import { status } from './status.ts'
import { templateDeploy, templateList } from './template.ts'
import { up } from './up.ts'
import { userAdd, userList, userPassword, userRemove, userRole } from './user.ts'
import { version } from './version.ts'
import {
  vmFreeze,
  vmPause,
  vmReset,
  vmRestart,
  vmSoftReboot,
  vmStart,
  vmStop,
  vmUnfreeze,
  vmUnpause,
} from './vm-actions.ts'
import { vmBackup, vmBackups } from './vm-backup.ts'
import { vmConsole } from './vm-console.ts'
import { vmCreate } from './vm-create.ts'
import { vmDelete } from './vm-delete.ts'
import { vmDescribe } from './vm-describe.ts'
import { vmList } from './vm-list.ts'
import { vmLogs } from './vm-logs.ts'
import { vmPortForward } from './vm-port-forward.ts'
import { vmClone, vmMemoryDump, vmRestore, vmSnapshot } from './vm-snapshot.ts'
import { vmSsh } from './vm-ssh.ts'
import { vmVnc } from './vm-vnc.ts'
import { vmWhy } from './vm-why.ts'

export const commandTable: ProgramTable = {
  groups: [
    { name: 'audit', summary: 'the record of who changed what' },
    { name: 'vm', summary: 'make, run and reach virtual machines' },
    { name: 'snapshot', summary: 'VMs as they were' },
    { name: 'disk', summary: 'disks of VMs' },
    { name: 'policy', summary: 'snapshots by the clock' },
    { name: 'storage', summary: 'where disks lie' },
    { name: 'template', summary: 'VMs that are ready to be made' },
    { name: 'user', summary: 'who may sign in to the console of this host' },
    { name: 'image', summary: 'images that VMs are made from' },
  ],
  commands: [
    up,
    down,
    status,
    doctor,
    consoleCommand,
    serveConsole,
    controllersCommand,
    vmCreate,
    vmList,
    vmDescribe,
    vmWhy,
    vmStart,
    vmStop,
    vmRestart,
    vmPause,
    vmUnpause,
    vmSoftReboot,
    vmReset,
    vmFreeze,
    vmUnfreeze,
    vmDelete,
    vmSnapshot,
    vmRestore,
    vmClone,
    vmMemoryDump,
    vmBackup,
    vmBackups,
    vmConsole,
    vmVnc,
    vmSsh,
    vmPortForward,
    vmLogs,
    importCommand,
    snapshotList,
    snapshotShow,
    snapshotTree,
    snapshotDelete,
    diskList,
    diskCreate,
    diskResize,
    diskMove,
    diskAttach,
    diskDetach,
    diskDelete,
    diskUpload,
    diskDownload,
    storageList,
    policyCreate,
    policyList,
    policyShow,
    policySuspend,
    policyResume,
    policyDelete,
    templateList,
    templateDeploy,
    imageBuild,
    imageLoad,
    imageContainers,
    imageList,
    imageRemove,
    imageVersions,
    imageCreate,
    imagePublish,
    imageUse,
    imageRetire,
    imageDelete,
    imageBuildsCommand,
    imageLog,
    imageCancel,
    imageKeepFresh,
    imageSchedules,
    imageUnschedule,
    userAdd,
    userList,
    userPassword,
    userRole,
    userRemove,
    kubeconfig,
    auditVerify,
    backup,
    restore,
    completion,
    completeCommand(() => commandTable),
    version,
  ],
}
