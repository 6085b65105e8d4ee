export { DurationError, isTimeZone, parseDuration, scheduleProblem } from '@berth/base'
export {
  duplicateValue,
  forbiddenValue,
  invalidType,
  invalidValue,
  notFoundValue,
  requiredValue,
  tooLong,
  tooMany,
  unsupportedValue,
} from './causes.ts'
export {
  getCondition,
  isConditionTrue,
  removeCondition,
  setCondition,
  type Condition,
  type ConditionUpdate,
} from './conditions.ts'
export { deepClone, deepEqual } from './equal.ts'
export { MetaError, type MetaErrorCode } from './errors.ts'
export { goSyntax } from './go-syntax.ts'
export { formatPath, getPath, isJsonObject, ownMember, setOwn, setPath, type PathStep } from './json.ts'
export { jsonPathValues, parseJsonPath, type JsonPath } from './jsonpath.ts'
export {
  generateNameProblems,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isPathSegmentName,
  isQualifiedName,
  nameProblems,
  type NameKind,
} from './names.ts'
export {
  utf8Length,
  validateAnnotations,
  validateLabels,
  validateObjectMeta,
  type ObjectMetaRules,
} from './object-meta.ts'
export {
  apiVersionOf,
  parseApiVersion,
  type Json,
  type JsonObject,
  type KubeList,
  type KubeObject,
  type ListMeta,
  type ObjectMeta,
  type OwnerReference,
  type ResourceRef,
} from './object.ts'
export { controllerOf, controllerReferenceTo, ownerReferenceTo, type OwnerReferenceOptions } from './owner.ts'
export { applyJsonPatch, diffJson, parseJsonPatch, type JsonPatchOperation } from './patch/json-patch.ts'
export type { PatchOptions } from './patch/base.ts'
export { applyMergePatch } from './patch/merge-patch.ts'
export { applyStrategicMergePatch } from './patch/strategic-merge.ts'
export {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityFromBytes,
  quantityToBytes,
  quantityToMillis,
  quantityToNumber,
  subtractQuantities,
  type Quantity,
  type QuantityFormat,
  type QuantityLike,
} from './quantity.ts'
export { SafeRegex, type Found } from './regex/regex.ts'
export { type Schema, type SchemaSet, type ValidationRule } from './schema.ts'
export { canonicalise } from './schema/canonicalise.ts'
export { applyDefaults } from './schema/defaults.ts'
export { hasFormat, isKnownFormat, patternOf, patternProblem, type Pattern } from './schema/formats.ts'
export { objectMetaSchema } from './schema/object-meta-schema.ts'
export { prune } from './schema/prune.ts'
export { unreadable } from './schema/reading.ts'
export { isNullable, memberSchema, resolveSchema } from './schema/resolve.ts'
export { duplicatesIn } from './schema/list-type.ts'
export { validate, type ValidateOptions } from './schema/validate.ts'
export {
  formatFieldSelector,
  matchesFields,
  parseFieldSelector,
  type FieldRequirement,
  type FieldSelector,
} from './selector/field-selector.ts'
export {
  everything,
  formatLabelSelector,
  labelRequirement,
  labelSelectorFromObject,
  matchesLabels,
  type LabelOperator,
  type LabelRequirement,
  type LabelSelector,
  type LabelSelectorObject,
} from './selector/label-selector.ts'
export { parseLabelSelector } from './selector/label-text.ts'
export {
  alreadyExists,
  badRequest,
  conflict,
  invalid,
  notFound,
  qualifiedResource,
  statusCodes,
  StatusError,
  type Status,
  type StatusCause,
  type StatusDetails,
  type StatusReason,
} from './status.ts'
export { formatMicroTime, formatTime, isTime, parseTime } from './time.ts'
export { resource, type Resource } from './resource.ts'
export { unlessMissing } from './unless-missing.ts'
