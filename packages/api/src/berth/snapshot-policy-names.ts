/** Labels and annotations of snapshot policies. */

/** On a snapshot: name of the policy that made it. On a machine, as an annotation: name of a policy it wants. */
export const snapshotPolicyLabel = 'berth.dev/snapshot-policy'
/** On a snapshot: uid of the policy that made it. A policy deletes only what has its own: take it off to keep a snapshot for good. */
export const snapshotPolicyUidLabel = 'berth.dev/snapshot-policy-uid'
/** On a snapshot: when it was due, in seconds since 1970. */
export const snapshotPolicyDueLabel = 'berth.dev/snapshot-due'
