export { BackendError } from './backend-error.ts'
export { csrfHeaders, request, onSignedOut } from './request.ts'
export { clusterApi, clusterCalls } from './cluster-api.ts'
export {
  capabilitiesQuery,
  reviewSession,
  useCapabilities,
  useChangePassword,
  useMaySession,
  useRight,
  useSession,
  useSignIn,
  useSignInMethods,
  useSignOut,
} from './session.ts'
export { usePreferences, useSetPreference } from './preferences.ts'
export { dismissTask, makePlan, retryTask, runRequest, runRequests, startTask } from './tasks.ts'
