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
export { effectOfChange, effectOfField, type Effect, type EffectContext } from './draft/effect.ts'
export { merged, type Choice, type Choices, type Conflict, type Merged } from './draft/merge.ts'
export { isWithin, pathText, valueAt, type DraftPath, type DraftStep } from './draft/path.ts'
export { type Origin, writtenPart } from './draft/server-owned.ts'
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
export { type LiveObject, type ObjectRequest } from './protocol/object-channel.ts'
export { type ObjectReference } from './protocol/reference.ts'
export { type Facet, type Line, type RowsRequest, type RowsUpdate } from './protocol/rows-channel.ts'
export { type SourceState } from './protocol/source-state.ts'
export { type Task, type TaskItem, type TasksRequest, type TasksUpdate } from './protocol/tasks-channel.ts'
export { type TimelineEntry, type TimelineRequest, type TimelineUpdate } from './protocol/timeline-channel.ts'
export { type WhyRequest, type WhyUpdate } from './protocol/why-channel.ts'
export { type Capabilities } from './rest/capabilities.ts'
export { type Plan, type PlanRequest, type Selection } from './rest/plan.ts'
export { type ClusterInfo, type SessionInfo, type SignIn, type SignInMethods } from './rest/session.ts'
export { type Row, type RowTable, type Tone, type WorkloadKind, type WorkloadRow } from './rows/row.ts'
