export { actionOf, actionsFor, actionTable, findAction } from './actions/table.ts'
export { callsOf, type ApiCall, type CallOptions } from './actions/api-call.ts'
export { effectsOf, effectsOnObject, type Effect, type EffectId } from './actions/effects.ts'
export { refusalOf, refusals, type MachineState } from './actions/refusal.ts'
export { rightOf, rightText, type NeededRight } from './actions/rights.ts'
export { shellWord, showAs, type ShownAs, type ShowOptions } from './actions/show-as.ts'
export { judgeGoal, type GoalSight, type GoalStart, type Verdict } from './actions/goal.ts'
export { quote } from './query/format.ts'
export { kindOfResource, referenceOfKey } from './actions/workload-kinds.ts'
export { type ActionId, type ActionOptions, type ActionSpec, type Goal } from './actions/action.ts'
export { closeCodes, refusalCloseCode } from './protocol/close-codes.ts'
export { changesBetween, type Change } from './draft/changes.ts'
export {
  draftChanges,
  draftField,
  draftObject,
  draftProblem,
  draftValue,
  isDirty,
  openDraft,
  reverted,
  withText,
  withValue,
  type Draft,
} from './draft/draft.ts'
export { effectOfChange, effectOfField, type ChangeEffect, type EffectContext } from './draft/effect.ts'
export { merged, type Choice, type Choices, type Conflict, type Merged } from './draft/merge.ts'
export { isWithin, pathText, valueAt, type DraftPath, type DraftStep } from './draft/path.ts'
export { type Origin, writtenPart } from './draft/server-owned.ts'
export { placeInText } from './draft/place-in-text.ts'
export { restoredDraft, storedDraft } from './draft/stored-draft.ts'
export { readYaml, writeYaml, type YamlProblem } from './draft/yaml-text.ts'
export {
  livePath,
  liveProtocol,
  type BrowserMessage,
  type ChannelName,
  type Channels,
  type ServerMessage,
} from './protocol/channel.ts'
export { type MetricsRequest, type MetricsSample, type MetricsUpdate } from './protocol/metrics-channel.ts'
export { type ImagesRequest, type ImagesUpdate } from './protocol/images-channel.ts'
export { type LiveObject, type ObjectRequest } from './protocol/object-channel.ts'
export { type ObjectReference } from './protocol/reference.ts'
export { type Facet, type Line, type RowsRequest, type RowsUpdate } from './protocol/rows-channel.ts'
export { type SourceState } from './protocol/source-state.ts'
export { type Task, type TaskItem, type TasksRequest, type TasksUpdate } from './protocol/tasks-channel.ts'
export { type TimelineEntry, type TimelineRequest, type TimelineUpdate } from './protocol/timeline-channel.ts'
export { type WhyRequest, type WhyUpdate } from './protocol/why-channel.ts'
export {
  type AccountChange,
  type AccountInfo,
  type AccountLink,
  type AccountRole,
  type NewAccount,
} from './rest/accounts.ts'
export { type Capabilities } from './rest/capabilities.ts'
export {
  formActions,
  formGoals,
  type DiskMove,
  type FormGoal,
  type FormAction,
  type Plan,
  type PlanRequest,
  type Selection,
  type TaskAnswers,
  type TaskCall,
  type TaskRequest,
  type TaskRequests,
} from './rest/plan.ts'
export {
  type ClusterInfo,
  type ListedSessionInfo,
  type PasswordChange,
  type SessionInfo,
  type SignIn,
  type SignInMethods,
} from './rest/session.ts'
export { type Row, type RowTable, type Tone, type WorkloadKind, type WorkloadRow } from './rows/row.ts'
export {
  columnOf,
  columns,
  columnSet,
  facetValues,
  workloadColumns,
  type Column,
  type ColumnSet,
  type ColumnType,
  type ColumnValue,
  type Searchable,
} from './rows/column.ts'
export { deviceKinds } from './rows/has.ts'
export { machineRow, type BareRow, type MachineParts } from './rows/machine-row.ts'
export {
  containersOnly,
  deploymentRow,
  podRow,
  slimDeployment,
  slimPod,
  type DeploymentObject,
  type PodObject,
} from './rows/pod-row.ts'
export { rowDetail } from './rows/row-detail.ts'
export { type StorageRequest, type StorageUpdate } from './protocol/storage-channel.ts'
export { slimClaim, slimDataVolume, slimInstance, slimMachine, slimMigration, type ClaimObject } from './rows/slim.ts'
export { compareKeys, naturalKey, sortKey, type SortKey } from './rows/sort-key.ts'
export { machineTones } from './rows/tone.ts'
export { completeQuery, type Completion, type Suggestion } from './query/complete.ts'
export { describeProblem } from './query/describe-problem.ts'
export { exactValue, formatQuery, formatTerm } from './query/format.ts'
export { compileQuery, withoutField, type Matcher } from './query/match.ts'
export { fieldNames, maxQueryLength, parseQuery } from './query/parse.ts'
export {
  type Comparison,
  type ParsedQuery,
  type Query,
  type QueryProblem,
  type QueryTerm,
  type QueryValue,
  type WantedForm,
} from './query/query.ts'
export { batchNames, type Batch } from './newmachine/batch.ts'
export { checkCloudConfig, maxUserDataBytes, type CloudConfigFinding } from './newmachine/check-cloud-config.ts'
export { cloudConfig, defaultUserOf, type Login } from './newmachine/cloud-config.ts'
export { type ForeignBus, type OvfChoices } from './newmachine/foreign-choices.ts'
export { differenceWords } from './newmachine/difference-words.ts'
export { type Difference, type DifferenceArea } from './newmachine/foreign-differences.ts'
export { machineFromOvf, uploadVolume, type OvfProposal, type ProposedDisk } from './newmachine/from-ovf.ts'
export { newMachine } from './newmachine/new-machine.ts'
export { snippets, withSnippet, type Snippet } from './newmachine/snippets.ts'
export { stepOfField, wizardSteps, type WizardStep } from './newmachine/steps.ts'
export {
  parameterFields,
  parameterValues,
  type ParameterField,
  type ParameterKind,
} from './newmachine/template-form.ts'
export {
  descriptionAnnotation,
  loginUserAnnotation,
  type ExtraDisk,
  type MachineSource,
  type MachineWish,
  type NetworkCard,
  type SourceKind,
} from './newmachine/wish.ts'
export { type ByteSource } from './ovf/byte-source.ts'
export { readManifest, type ManifestEntry } from './ovf/manifest.ts'
export { isWindows, preferenceFor } from './ovf/operating-system.ts'
export { chunkNames, openOva, type Ova, type OvaPart } from './ovf/ova.ts'
export { OvfError, type OvfErrorCode } from './ovf/ovf-error.ts'
export {
  type DiskController,
  type OvfCard,
  type OvfCdRom,
  type OvfDisk,
  type OvfDiskFormat,
  type OvfFile,
  type OvfMachine,
  type OvfPackage,
  type OvfProperty,
} from './ovf/ovf-machine.ts'
export { maxDescriptorBytes, readOvf } from './ovf/read-ovf.ts'
export { type TarMember } from './ovf/tar-members.ts'
export { classRow, type ClassParts } from './storage/class-row.ts'
export { deletionOfSnapshot, deletionOfVolume, type Deletion, type DeletionPart } from './storage/deletion.ts'
export {
  diskToMoveTo,
  judgeMove,
  moveSaid,
  movingTo,
  nextDiskName,
  withDiskMoved,
  withDiskOn,
} from './storage/disk-move.ts'
export { defaultClass, fitOn, type Fit } from './storage/fit.ts'
export { policyRow, type PolicyParts } from './storage/policy-row.ts'
export { snapshotRow, type SnapshotParts } from './storage/snapshot-row.ts'
export { newerThan, snapshotTree, type TreeLine } from './storage/snapshot-tree.ts'
export { columnsOfTable, storageColumns } from './storage/storage-columns.ts'
export {
  noteAnnotation,
  policyLabel,
  type CapacityObject,
  type MachineCloneObject,
  type MachineExportObject,
  type MachineRestoreObject,
  type MachineSnapshotObject,
  type SnapshotContentObject,
  type SnapshotPolicyObject,
  type StorageClassObject,
  type StorageProfileObject,
  type VolumeSnapshotObject,
} from './storage/storage-objects.ts'
export {
  storageKey,
  storageTables,
  type ClassRow,
  type PolicyRow,
  type SnapshotRow,
  type StorageRow,
  type StorageRows,
  type StorageTable,
  type VolumeRow,
  type VolumeUser,
} from './storage/storage-row.ts'
export {
  newClone,
  newDisk,
  newExport,
  newPolicy,
  newRestore,
  newSnapshot,
  type CloneWish,
  type DiskSource,
  type DiskWish,
  type ExportWish,
  type PolicyWish,
  type RestoreWish,
  type SnapshotWish,
} from './storage/storage-wishes.ts'
export { judgeSettled, type Settled } from './storage/settled.ts'
export {
  isKeptFor,
  missingOfAccess,
  signInSecret,
  trustedCertificates,
  type SourceSignIn,
  type SourceTrust,
} from './storage/source-access.ts'
export { volumeRow, type VolumeParts } from './storage/volume-row.ts'
export {
  uploadsPath,
  type DiskUploadWish,
  type MachineUploadWish,
  type UploadedPackage,
  type UploadInfo,
  type UploadState,
  type UploadWish,
} from './rest/uploads.ts'
export { diskFileEndings, mayBeDisk, readDiskHeader, type DiskFormat, type DiskHeader } from './images/disk-header.ts'
export { buildRow } from './images/build-row.ts'
export { freshRow, nextCheckAnnotation } from './images/fresh-row.ts'
export {
  deletionOfImage,
  deletionsOfGroup,
  type ImageDeletion,
  type ImageDeletionPart,
  type ImageRefusal,
} from './images/image-deletion.ts'
export {
  imageGroups,
  isRetired,
  type BuildRow,
  type FreshRow,
  type ImageDisk,
  type ImageGroup,
  type ImageOrigin,
  type ImageRow,
  type ImageState,
  type ImageUser,
} from './images/image-row.ts'
export { imageRows, type ImageParts } from './images/image-rows.ts'
export {
  buildName,
  buildPlace,
  isImageName,
  isRetiredImage,
  newFresh,
  newImage,
  publishedCopy,
  retirement,
  standFor,
  type FreshWish,
  type ImageWish,
  type NewImage,
} from './images/image-wishes.ts'
export { scheduleWords, type ScheduleWords } from './images/schedule-words.ts'
