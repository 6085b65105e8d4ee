export { admitDataImportCron, admitDataVolume, admitInstance, admitMachine } from './admission.ts'
export { admitVolumeRequests } from './admit-volume-requests.ts'
export {
  defaultConfiguration,
  resolveConfiguration,
  type ClusterConfiguration,
  type MigrationConfiguration,
} from './configuration/cluster-configuration.ts'
export { ineffectiveSettings } from './configuration/settings-table.ts'
export { kubeVirtWarnings, validateKubeVirt } from './configuration/validate-kubevirt.ts'
export {
  gateEnabled,
  gateStages,
  gateWarning,
  isFeatureGate,
  productGates,
  type FeatureGate,
  type GateStage,
} from './configuration/gates.ts'
export { defaultDevices } from './defaulting/devices.ts'
export {
  defaultInstance,
  defaultInstanceSpec,
  defaultTemplateSpec,
  type InstanceDefaults,
} from './defaulting/instance.ts'
export { defaultMachine, type MachineDefaults } from './defaulting/machine.ts'
export { type Architecture } from './defaulting/platform.ts'
export { admitReferences, applyPreferenceToMachine, resolveMatchers } from './instancetypes/admit.ts'
export { applyPresets } from './presets/presets.ts'
export { commonPreferences } from './instancetypes/common/guests.ts'
export { commonInstancetypes } from './instancetypes/common/series.ts'
export { conflictCauses, conflictFields, conflictText, type Conflict } from './instancetypes/conflicts.ts'
export { applyReferences, applyToInstance, expandMachine, type References } from './instancetypes/expand.ts'
export { inferMatchers, type InferenceLookups } from './instancetypes/inference.ts'
export { matcherScope, referenceKeys, references, unexpectedKind, type ReferenceKey } from './instancetypes/matchers.ts'
export {
  nextMatcherStatus,
  revisionLabels,
  revisionOf,
  storedVersion,
  type RevisionContent,
} from './instancetypes/revisions.ts'
export {
  instancetypeWarnings,
  preferenceWarnings,
  validateInstancetype,
  validatePreference,
} from './instancetypes/validation.ts'
export { declaredVolumes, isHotpluggable, type VolumesAndDisks } from './hotplug/declared-volumes.ts'
export { attachStep, detachStep, type VolumeFacts, type VolumeStep } from './hotplug/volume-phase.ts'
export { withVolumeRequests } from './validation/volume-requests.ts'
export {
  addVolumeRequest,
  checkVolumeRequestsEnabled,
  planInstanceVolumes,
  planMachineVolumes,
  removeVolumeRequest,
} from './hotplug/volume-requests.ts'
export { kubevirtSchemas } from './generated/kubevirt.ts'
export {
  hasTpm,
  keepsState,
  keepsTpm,
  keepsUefiVariables,
  persistentStateLabel,
  persistentStateVolume,
} from './persistent-state.ts'
export { type ComputeAbilities } from './honoured/compute-abilities.ts'
export { generalReason, type HostAbilities, type Rule, type RuleTable } from './honoured/rule.ts'
export { honouredTables, unhonoured, type HonouredKind } from './honoured/unhonoured.ts'
export { actions, legality, type Action, type Legality } from './lifecycle/actions.ts'
export {
  checkConsole,
  checkFreeze,
  checkGuestQuery,
  checkPause,
  checkPortForward,
  checkReset,
  checkSoftReboot,
  checkUnfreeze,
  checkUnpause,
  checkUsbRedirection,
  checkVnc,
  checkVsock,
  isPaused,
  requireInstance,
} from './lifecycle/instance.ts'
export {
  checkMigrate,
  defaultGraceSeconds,
  planRestart,
  planStart,
  planStop,
  type RestartOptions,
  type StartOptions,
  type StopOptions,
} from './lifecycle/machine.ts'
export { type PlannedPatch } from './lifecycle/patch.ts'
export {
  instanceConflict,
  instanceForbidden,
  instanceNotFound,
  internalError,
  machineConflict,
  machineNotFound,
} from './lifecycle/refusals.ts'
export {
  annotations,
  builtInGuest,
  cdiApp,
  finalizers,
  isBuiltInGuest,
  labels,
  labelSafeName,
  launcherApp,
  launcherPodLabels,
  launcherPodName,
  macAddress,
  reservedInstanceLabels,
  startRevisionName,
} from './names.ts'
export {
  cdiApiVersion,
  kubevirtApiVersion,
  resources,
  singularTargets,
  subresourceGroup,
  templateSubresourceGroup,
  volumeSnapshotResources,
  type ColumnData,
  type ResourceData,
  type ResourceKey,
} from './resources.ts'
export { agentProblem } from './status/agent-support.ts'
export { machineConditions, ownConditionTypes, type Failure } from './status/conditions.ts'
export { crashLoopDelaySeconds, nextStartFailure, startBackoffMs } from './status/crash-loop.ts'
export { migratability, type Migratability, type MigrationProblem } from './status/migratable.ts'
export { everRan, finalPhase, isFinal, withTransition, type DomainEnd } from './status/phase.ts'
export { printableRules, printableStatus, type PrintableInput } from './status/printable.ts'
export { firstRequest, pendingRequests } from './status/requests.ts'
export {
  placementChanges,
  restartRequiredMessage,
  type LiveAbilities,
  type LiveUpdateInput,
  type PlacementField,
  type RolloutStrategy,
} from './status/restart-required.ts'
export { semanticallyEqual } from './status/semantic-equality.ts'
export {
  decisions,
  instanceState,
  isSetToStart,
  nextAction,
  strategyOf,
  type InstanceState,
  type NextAction,
  type RequestState,
} from './status/run-strategy.ts'
export {
  type AccessMode,
  type ControllerRevision,
  type ObjectReference,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type PersistentVolumeClaimSpec,
  type Pod,
  type PodPhase,
  type QosClass,
  type ResourceRequirements,
  type TemplateMetadata,
  type VolumeMode,
} from './types/core.ts'
export {
  dataVolumePhases,
  type CdiConfig,
  type ClaimPropertySet,
  type DataImportCron,
  type DataSource,
  type DataSourceSource,
  type DataVolume,
  type DataVolumePhase,
  type DataVolumeSource,
  type DataVolumeSpec,
  type DataVolumeStatus,
  type HttpSource,
  type NamedSource,
  type ObjectStoreSource,
  type RegistrySource,
  type StorageProfile,
} from './types/data-volume.ts'
export {
  memoryDumpBytes,
  memoryDumpFile,
  planMemoryDump,
  planRemoveMemoryDump,
  type DumpFacts,
} from './memory-dump/plan-memory-dump.ts'
export { memoryDumpPhases, type MemoryDumpPhase, type MemoryDumpRequest } from './types/memory-dump.ts'
export { validateExport } from './exports/validate-export.ts'
export {
  exportPhases,
  type ExportFormat,
  type ExportLink,
  type ExportPhase,
  type VirtualMachineExport,
  type VirtualMachineExportStatus,
} from './types/export.ts'
export { type UploadTokenRequest } from './types/upload.ts'
export {
  type Clock,
  type Cpu,
  type CpuFeaturePolicy,
  type Devices,
  type Disk,
  type DiskBus,
  type DomainSpec,
  type FeatureState,
  type Firmware,
  type Hyperv,
  type Input,
  type Interface,
  type InterfaceModel,
  type KernelBoot,
  type Watchdog,
} from './types/domain.ts'
export { type AccessCredential } from './types/access-credential.ts'
export {
  instancePhases,
  type DnsConfig,
  type EvictionStrategy,
  type InstanceInterfaceStatus,
  type InstancePhase,
  type InstanceVolumeStatus,
  type PhaseTransition,
  type VirtualMachineInstance,
  type VirtualMachineInstanceSpec,
  type VirtualMachineInstanceStatus,
} from './types/instance.ts'
export {
  type InstancetypeReferencePolicy,
  type KubeVirt,
  type KubeVirtConfiguration,
  type KubeVirtSpec,
  type KubeVirtStatus,
  type LogVerbosity,
  type NetworkBindingPlugin,
  type PermittedHostDevices,
} from './types/kubevirt.ts'
export {
  type PoolSelectionPolicy,
  type ReplicaStatus,
  type StatePreservation,
  type VirtualMachineInstancePreset,
  type VirtualMachineInstanceReplicaSet,
  type VirtualMachinePool,
} from './types/group.ts'
export {
  cpuTopologies,
  type DevicePreferences,
  type Instancetype,
  type InstancetypeSpec,
  type Matcher,
  type MatcherStatus,
  type Preference,
  type PreferenceSpec,
  type PreferredTopology,
  type SpreadAcross,
} from './types/instancetype.ts'
export { type MigrationPhase, type MigrationPolicy, type VirtualMachineInstanceMigration } from './types/migration.ts'
export {
  printableStatuses,
  runStrategies,
  type DataVolumeTemplate,
  type PrintableStatus,
  type RunStrategy,
  type StartFailure,
  type StateChangeRequest,
  type VirtualMachine,
  type VirtualMachineSpec,
  type VirtualMachineStatus,
  type VolumeRequest,
} from './types/machine.ts'
export {
  type Affinity,
  type LabelSelectorTerms,
  type NodeSelectorTerm,
  type PodAffinity,
  type PodAffinityTerm,
  type SelectorRequirement,
  type Toleration,
  type TopologySpreadConstraint,
} from './types/placement.ts'
export { type HttpGetAction, type Probe } from './types/probe.ts'
export {
  type CloudInitSource,
  type DownwardApiField,
  type Network,
  type Volume,
  type VolumeSourceKind,
} from './types/volume.ts'
export {
  claimNameOf,
  claimNames,
  dataVolumeNames,
  ownDataVolumeNames,
  requiredInputs,
  volumeSourceKind,
  type KnownVolumeSource,
} from './volumes.ts'
export { dataVolumeAdmission, validateDataVolume, validateDataVolumeSpec } from './validation/data-volume.ts'
export { dataImportCronAdmission, dataSourceCauses, validateDataImportCron } from './validation/data-import-cron.ts'
export {
  instanceSpecAdmission,
  validateInstanceCreate,
  validateInstanceSpec,
  validateInstanceUpdate,
} from './validation/instance.ts'
export { validateHotplugDisk } from './validation/hotplug.ts'
export { validatePool, validatePreset, validateReplicaSet } from './validation/groups.ts'
export { type InstanceAdmission } from './validation/instance.ts'
export { type InstanceRule, type Place, type RuleContext } from './validation/instance-rule.ts'
export {
  machineAdmission,
  machineWarnings,
  validateMachine,
  type MachineAdmission,
  type MachineRule,
} from './validation/machine.ts'
export {
  migrationSelectorLabel,
  validateMigrationCreate,
  validateMigrationPolicy,
  validateMigrationUpdate,
  type MigrationAdmission,
  type MigrationRefusal,
} from './validation/migration.ts'
export { denied, deniedPlainly, notHonoured } from './webhooks.ts'
export { ExpressionError, generateValue } from './templates/expression.ts'
export {
  checkReferences,
  mergeParameters,
  processTemplate,
  type Processed,
  type ProcessOptions,
} from './templates/process.ts'
export {
  commonTemplates,
  templateAnnotations,
  templateNamespace,
  templateSystemLabel,
} from './templates/catalogue/catalogue.ts'
export {
  disksToCopy,
  secretDataOf,
  stableName,
  templateOfMachine,
  templateRequestLabel,
  type DiskToCopy,
} from './templates/from-machine.ts'
export { templateSchemas } from './templates/schemas.ts'
export { berthSchemas } from './berth/schemas.ts'
export {
  defaultLabels,
  diskSizeAnnotation,
  imageBuildAnnotation,
  imageBuildLabel,
  imageCopyAnnotation,
  imageDescriptionAnnotation,
  imageFileAnnotation,
  imageLabel,
  imageRetiredLabel,
  imageSourceAnnotation,
  imageVersionLabel,
  nextVersion,
  versionName,
  versionOf,
} from './berth/image-names.ts'
export { cloudImage } from './templates/catalogue/cloud-image.ts'
export { baseImageNamespace, baseImages, imageBuildNamespace } from './berth/base-images.ts'
export { validateImageBuild } from './berth/validate-image-build.ts'
export {
  baseReleases,
  imageBuildPhases,
  type BaseRelease,
  type ImageBuild,
  type ImageBuildFile,
  type ImageBuildPhase,
  type ImageBuildSource,
  type ImageBuildSpec,
  type ImageBuildStatus,
  type ImageBuildUser,
  type ImageCustomisation,
  type KeyReference,
} from './types/image-build.ts'
export { snapshotPolicyDueLabel, snapshotPolicyLabel, snapshotPolicyUidLabel } from './berth/snapshot-policy-names.ts'
export { validateSnapshotPolicy } from './berth/validate-snapshot-policy.ts'
export { berthGroup, berthResources } from './resources/berth-resources.ts'
export {
  policyResults,
  type PolicyMachineStatus,
  type PolicyResult,
  type SnapshotPolicy,
  type SnapshotPolicySpec,
  type SnapshotPolicyStatus,
  type SnapshotPolicyWindow,
  type SnapshotRetention,
} from './types/snapshot-policy.ts'
export { volumeSnapshotSchemas } from './snapshots/volume-snapshot-schemas.ts'
export { isSecretParameter, validateTemplate } from './templates/validate.ts'
export {
  type ProcessedTemplate,
  type TemplateParameter,
  type VirtualMachineTemplate,
  type VirtualMachineTemplateRequest,
} from './types/template.ts'
export {
  cdiConfigs,
  clusterInstancetypes,
  clusterPreferences,
  dataImportCrons,
  dataSources,
  dataVolumes,
  instancetypes,
  kubeVirts,
  migrationPolicies,
  migrations,
  pools,
  preferences,
  presets,
  replicaSets,
  storageProfiles,
  templateRequests,
  templates,
  imageBuilds,
  snapshotPolicies,
  virtualMachineClones,
  virtualMachineInstances,
  virtualMachineRestores,
  virtualMachineExports,
  virtualMachineSnapshotContents,
  virtualMachineBackups,
  virtualMachineBackupTrackers,
  virtualMachineSnapshots,
  virtualMachines,
  volumeSnapshotClasses,
  volumeSnapshotContents,
  volumeSnapshots,
} from './kinds.ts'
export { isStandalone, standaloneMachine } from './standalone.ts'
export { collectFacts, type FactReader } from './why/collect-facts.ts'
export { explain, type Explanation } from './why/explain.ts'
export { type WhyFacts } from './why/facts.ts'
export { type Finding } from './why/finding.ts'
export { burstReplicas, readyCount, replicaMembers, surplus } from './groups/members.ts'
export { isIll, maxUnavailable } from './groups/pool-health.ts'
export { indexedSpec, newPoolNames, poolIndex } from './groups/pool-names.ts'
export { selectedByPolicy, sortedByPolicy } from './groups/pool-selection.ts'
export {
  instanceUpdate,
  isOutdatedMachine,
  poolFinalizer,
  poolRevisionLabel,
  poolRevisionName,
  type PoolSpec,
  type Revisions,
} from './groups/pool-update.ts'
export {
  clonePhases,
  volumeNamePolicies,
  type ClonePhase,
  type VirtualMachineClone,
  type VirtualMachineCloneSpec,
  type VirtualMachineCloneStatus,
  type VolumeNamePolicy,
} from './types/clone.ts'
export {
  snapshotDeletionPolicies,
  snapshotIndications,
  snapshotPhases,
  targetReadinessPolicies,
  volumeOwnershipPolicies,
  volumeRestorePolicies,
  type KeptMachine,
  type SnapshotDeletionPolicy,
  type SnapshotError,
  type SnapshotIndication,
  type SnapshotPhase,
  type TargetReadinessPolicy,
  type VirtualMachineRestore,
  type VirtualMachineRestoreSpec,
  type VirtualMachineRestoreStatus,
  type VirtualMachineSnapshot,
  type VirtualMachineSnapshotContent,
  type VirtualMachineSnapshotSpec,
  type VirtualMachineSnapshotStatus,
  type VolumeBackup,
  type VolumeBackupStatus,
  type VolumeOwnershipPolicy,
  type VolumeRestore,
  type VolumeRestoreOverride,
  type VolumeRestorePolicy,
} from './types/snapshot.ts'
export { type VolumeSnapshot, type VolumeSnapshotClass, type VolumeSnapshotContent } from './types/volume-snapshot.ts'
export { clonePatches, defaultClone, lastRestoreAnnotation, validateClone } from './snapshots/clone.ts'
export { withConditions, type Words } from './snapshots/conditions.ts'
export { freezeLimitReached, indicationMessages, type SourceState } from './snapshots/indications.ts'
export { keptClaim, keptMachine, snapshotClaims, stateVolumeName } from './snapshots/kept-machine.ts'
export { joinedName, restoredName } from './snapshots/restore-names.ts'
export {
  ownedByMachineAnnotation,
  populatedForAnnotation,
  prePopulatedAnnotation,
  restoredClaim,
  restoreNameAnnotation,
  type ClaimToRestore,
} from './snapshots/restored-claim.ts'
export {
  dataVolumesToDelete,
  hasRestoreMark,
  isOwnDataVolume,
  restoredMachine,
  restoreMark,
} from './snapshots/restored-machine.ts'
export { snapshotStatus, type SnapshotSource, type SnapshotView } from './snapshots/snapshot-status.ts'
export {
  canUnlock,
  contentGoesWith,
  defaultFailureDeadline,
  isContentReady,
  isDeadlineExceeded,
  isRestoreComplete,
  isRestoreFailed,
  isRestoreProgressing,
  isSnapshotProgressing,
  isSnapshotReady,
  isSnapshotTerminating,
  restoreGraceMs,
  snapshotContentName,
  snapshotFinalizers,
  untilDeadlineMs,
  volumeSnapshotName,
  type Moment,
} from './snapshots/states.ts'
export {
  validateRestore,
  validateRestoreUpdate,
  validateSnapshot,
  type PlainRefusal,
  type RestoreAround,
} from './snapshots/validate-snapshot.ts'
export {
  defaultSnapshotClassAnnotation,
  isSnapshottable,
  snapshotClaimOf,
  snapshotClassFor,
  volumeSnapshotAbilities,
  type ClassLookups,
  type VolumeSnapshotAbility,
} from './snapshots/volume-abilities.ts'
export {
  backupConditions,
  backupWords,
  isBackupOver,
  quiescedCondition,
  type BackupFailure,
  type BackupStage,
} from './backups/conditions.ts'
export { backupSchemas } from './backups/schemas.ts'
export { backedUpVolumes, machineTracking, wantsTracking, type TrackingSelectors } from './backups/tracking.ts'
export { validateBackup, validateBackupTracker } from './backups/validate.ts'
export {
  type BackupVolumeInfo,
  type ChangedBlockTrackingStatus,
  type InstanceBackupStatus,
  type TrackingState,
  type VirtualMachineBackup,
  type VirtualMachineBackupTracker,
} from './types/backup.ts'
export {
  changedClaims,
  movesVolumes,
  needsRecovery,
  revertOnly,
  unmovable,
  withVolumeUpdate,
  type ClaimChange,
} from './volume-update/volume-update.ts'
export { type MigratedClaim, type MigratedVolume } from './types/volume.ts'
export { type TypedReference } from './types/core.ts'
