/** As `message-fields.ts`, which explains the notation: quotas, limits, disruption budgets, events of events.k8s.io, webhooks and policies. */
export const policyFields: Readonly<Record<string, string>> = {
  'core.v1.ResourceQuota':
    '1meta.v1.ObjectMeta metadata, 2core.v1.ResourceQuotaSpec spec, 3core.v1.ResourceQuotaStatus status',
  'core.v1.ResourceQuotaSpec': '1%q hard, 2*s scopes, 3core.v1.ScopeSelector scopeSelector',
  'core.v1.ScopeSelector': '1*core.v1.ScopedResourceSelectorRequirement matchExpressions',
  'core.v1.ScopedResourceSelectorRequirement': '1s! scopeName, 2s! operator, 3*s values',
  'core.v1.ResourceQuotaStatus': '1%q hard, 2%q used',
  'core.v1.LimitRange': '1meta.v1.ObjectMeta metadata, 2core.v1.LimitRangeSpec spec',
  'core.v1.LimitRangeSpec': '1*core.v1.LimitRangeItem limits',
  'core.v1.LimitRangeItem': '1s! type, 2%q max, 3%q min, 4%q default, 5%q defaultRequest, 6%q maxLimitRequestRatio',
  'policy.v1.PodDisruptionBudget':
    '1meta.v1.ObjectMeta metadata, 2policy.v1.PodDisruptionBudgetSpec spec, 3policy.v1.PodDisruptionBudgetStatus status',
  'policy.v1.PodDisruptionBudgetSpec':
    '1o? minAvailable, 2meta.v1.LabelSelector selector, 3o? maxUnavailable, 4s? unhealthyPodEvictionPolicy',
  'policy.v1.PodDisruptionBudgetStatus':
    '1i observedGeneration, 2%t disruptedPods, 3i! disruptionsAllowed, 4i! currentHealthy, 5i! desiredHealthy, 6i! expectedPods, 7*meta.v1.Condition conditions',
  'events.v1.Event':
    '1meta.v1.ObjectMeta metadata, 2u! eventTime, 3events.v1.EventSeries series, 4s reportingController, 5s reportingInstance, 6s action, 7s reason, 8core.v1.ObjectReference regarding, 9core.v1.ObjectReference related, 10s note, 11s type, 12core.v1.EventSource deprecatedSource, 13t deprecatedFirstTimestamp, 14t deprecatedLastTimestamp, 15i deprecatedCount',
  'events.v1.EventSeries': '1i! count, 2u! lastObservedTime',
  'admissionregistration.v1.ValidatingWebhookConfiguration':
    '1meta.v1.ObjectMeta metadata, 2*admissionregistration.v1.ValidatingWebhook webhooks',
  'admissionregistration.v1.ValidatingWebhook':
    '1s! name, 2admissionregistration.v1.WebhookClientConfig clientConfig, 3*admissionregistration.v1.RuleWithOperations rules, 4s? failurePolicy, 9s? matchPolicy, 5meta.v1.LabelSelector namespaceSelector, 10meta.v1.LabelSelector objectSelector, 6s? sideEffects, 7i? timeoutSeconds, 8*s admissionReviewVersions, 11*admissionregistration.v1.MatchCondition matchConditions',
  'admissionregistration.v1.WebhookClientConfig':
    '3s? url, 1admissionregistration.v1.ServiceReference service, 2y caBundle',
  'admissionregistration.v1.ServiceReference': '1s! namespace, 2s! name, 3s? path, 4i? port',
  'admissionregistration.v1.RuleWithOperations': '1*s operations, 2^admissionregistration.v1.Rule',
  'admissionregistration.v1.Rule': '1*s apiGroups, 2*s apiVersions, 3*s resources, 4s? scope',
  'admissionregistration.v1.MatchCondition': '1s! name, 2s! expression',
  'admissionregistration.v1.MutatingWebhookConfiguration':
    '1meta.v1.ObjectMeta metadata, 2*admissionregistration.v1.MutatingWebhook webhooks',
  'admissionregistration.v1.MutatingWebhook':
    '1s! name, 2admissionregistration.v1.WebhookClientConfig clientConfig, 3*admissionregistration.v1.RuleWithOperations rules, 4s? failurePolicy, 9s? matchPolicy, 5meta.v1.LabelSelector namespaceSelector, 11meta.v1.LabelSelector objectSelector, 6s? sideEffects, 7i? timeoutSeconds, 8*s admissionReviewVersions, 10s? reinvocationPolicy, 12*admissionregistration.v1.MatchCondition matchConditions',
  'admissionregistration.v1.ValidatingAdmissionPolicy':
    '1meta.v1.ObjectMeta metadata, 2admissionregistration.v1.ValidatingAdmissionPolicySpec spec, 3admissionregistration.v1.ValidatingAdmissionPolicyStatus status',
  'admissionregistration.v1.ValidatingAdmissionPolicySpec':
    '1admissionregistration.v1.ParamKind paramKind, 2admissionregistration.v1.MatchResources matchConstraints, 3*admissionregistration.v1.Validation validations, 4s? failurePolicy, 5*admissionregistration.v1.AuditAnnotation auditAnnotations, 6*admissionregistration.v1.MatchCondition matchConditions, 7*admissionregistration.v1.Variable variables',
  'admissionregistration.v1.ParamKind': '1s apiVersion, 2s kind',
  'admissionregistration.v1.MatchResources':
    '1meta.v1.LabelSelector namespaceSelector, 2meta.v1.LabelSelector objectSelector, 3*admissionregistration.v1.NamedRuleWithOperations resourceRules, 4*admissionregistration.v1.NamedRuleWithOperations excludeResourceRules, 7s? matchPolicy',
  'admissionregistration.v1.NamedRuleWithOperations':
    '1*s resourceNames, 2^admissionregistration.v1.RuleWithOperations',
  'admissionregistration.v1.Validation': '1s! expression, 2s message, 3s? reason, 4s messageExpression',
  'admissionregistration.v1.AuditAnnotation': '1s! key, 2s! valueExpression',
  'admissionregistration.v1.Variable': '1s! name, 2s! expression',
  'admissionregistration.v1.ValidatingAdmissionPolicyStatus':
    '1i observedGeneration, 2admissionregistration.v1.TypeChecking typeChecking, 3*meta.v1.Condition conditions',
  'admissionregistration.v1.TypeChecking': '1*admissionregistration.v1.ExpressionWarning expressionWarnings',
  'admissionregistration.v1.ExpressionWarning': '2s! fieldRef, 3s! warning',
  'admissionregistration.v1.ValidatingAdmissionPolicyBinding':
    '1meta.v1.ObjectMeta metadata, 2admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec spec',
  'admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec':
    '1s policyName, 2admissionregistration.v1.ParamRef paramRef, 3admissionregistration.v1.MatchResources matchResources, 4*s validationActions',
  'admissionregistration.v1.ParamRef':
    '1s name, 2s namespace, 3meta.v1.LabelSelector selector, 4s? parameterNotFoundAction',
  'admissionregistration.v1.MutatingAdmissionPolicy':
    '1meta.v1.ObjectMeta metadata, 2admissionregistration.v1.MutatingAdmissionPolicySpec spec',
  'admissionregistration.v1.MutatingAdmissionPolicySpec':
    '1admissionregistration.v1.ParamKind paramKind, 2admissionregistration.v1.MatchResources matchConstraints, 3*admissionregistration.v1.Variable variables, 4*admissionregistration.v1.Mutation mutations, 5s? failurePolicy, 6*admissionregistration.v1.MatchCondition matchConditions, 7s reinvocationPolicy',
  'admissionregistration.v1.Mutation':
    '2s! patchType, 3admissionregistration.v1.ApplyConfiguration applyConfiguration, 4admissionregistration.v1.JSONPatch jsonPatch',
  'admissionregistration.v1.ApplyConfiguration': '1s expression',
  'admissionregistration.v1.JSONPatch': '1s expression',
  'admissionregistration.v1.MutatingAdmissionPolicyBinding':
    '1meta.v1.ObjectMeta metadata, 2admissionregistration.v1.MutatingAdmissionPolicyBindingSpec spec',
  'admissionregistration.v1.MutatingAdmissionPolicyBindingSpec':
    '1s policyName, 2admissionregistration.v1.ParamRef paramRef, 3admissionregistration.v1.MatchResources matchResources',
}
